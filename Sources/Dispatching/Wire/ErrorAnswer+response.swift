import EventModel

extension ErrorAnswer {
    /// The answer as it goes over the wire.
    public var response: Response {
        var body = "{\"error\":{\"code\":\(JSONText.quoted(code)),\"message\":\(JSONText.quoted(message))"
        if let field { body += ",\"field\":\(JSONText.quoted(field))" }
        body += "}}\n"
        var headers = [(name: "Content-Type", value: "application/json")]
        if let retryAfter { headers.append((name: "Retry-After", value: String(retryAfter))) }
        return Response(status: status, headers: headers, body: Array(body.utf8))
    }
}
