import ListenerKit
import Testing

@Suite struct SettingValuesTests {
    @Test func `no value shows, however the settings are described`() {
        struct Holder { let settings: SettingValues }
        let settings = SettingValues(["password": .string("hush"), "headers": .map(["Authorization": "hush"])])
        var dumped = ""
        dump(Holder(settings: settings), to: &dumped)
        for text in ["\(settings)", "\(Holder(settings: settings))", String(reflecting: settings), dumped] {
            #expect(!text.contains("hush"))
        }
        #expect("\(settings)" == "settings: headers, password")
    }
}
