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
        var response = Response.json(status, json)
        if let retryAfter { response = response.adding("Retry-After", String(retryAfter)) }
        if let allow { response = response.adding("Allow", allow) }
        return response
    }
}
