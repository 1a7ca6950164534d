import Testing

@testable import EventQueue

@Suite struct DueWindowTests {
    @Test func `everything is looked at first and now and then, what became due lately in between`() {
        var window = DueWindow()
        #expect(window.next(now: .seconds(5)) == DueWindow.everything)
        window.read(DueWindow.everything, wasCutOff: false)
        #expect(window.next(now: .seconds(6)) == DueWindow.short)
        window.read(DueWindow.short, wasCutOff: true)
        #expect(window.next(now: .seconds(34)) == DueWindow.short)
        #expect(window.next(now: .seconds(35)) == DueWindow.everything)
    }

    @Test func `a look at everything that was cut off goes on at once`() {
        var window = DueWindow()
        for second in 0..<3 {
            #expect(window.next(now: .seconds(second)) == DueWindow.everything)
            window.read(DueWindow.everything, wasCutOff: second < 2)
        }
        #expect(window.next(now: .seconds(3)) == DueWindow.short)
    }

    @Test func `a short look reaches further back than the pause between two looks at everything`() {
        #expect(DueWindow.short > DueWindow.fullReadInterval)
    }
}
