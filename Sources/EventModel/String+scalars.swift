extension String {
    /// The first `count` unicode scalars: what the database counts as characters. A `Character` may be any number of them.
    public func firstScalars(_ count: Int) -> String {
        String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}
