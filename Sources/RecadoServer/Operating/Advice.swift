import EventQueue
import MariaDBClient

/// What to do about an error that ends a command.
public enum Advice {
    /// The error in one or two sentences for the operator; nil where it speaks for itself.
    public static func explanation(of error: any Error) -> String? {
        if error is PayloadTooLarge { return "The payload is larger than the database takes: max_allowed_packet." }
        guard let error = error as? DatabaseError else { return nil }
        if error.isMissingTable { return "The tables are missing or old. Run: recado migrate (\(error))" }
        if error.isConnectionLost { return "The database cannot be reached. See: recado doctor (\(error))" }
        return nil
    }
}
