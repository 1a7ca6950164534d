import EventModel

extension ErrorAnswer {
    /// `{"error":{"code","message","field"}}`.
    var json: String {
        var body = "{\"error\":{\"code\":\(JSONText.quoted(code)),\"message\":\(JSONText.quoted(message))"
        if let field { body += ",\"field\":\(JSONText.quoted(field))" }
        return body + "}}"
    }

    /// The answer as it goes over the wire.
    public var response: Response {
        let response = Response.json(status, json)
        return retryAfter.map { response.adding("Retry-After", String($0)) } ?? response
    }
}
