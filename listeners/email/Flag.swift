/// A yes or no the way PHP and MariaDB write it: `true`, `1`, `"1"`, `"true"`.
struct Flag: Decodable {
    let isSet: Bool

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            isSet = value
        } else if let value = try? container.decode(Int.self) {
            isSet = value != 0
        } else {
            isSet = !["", "0", "false"].contains(try container.decode(String.self))
        }
    }
}
