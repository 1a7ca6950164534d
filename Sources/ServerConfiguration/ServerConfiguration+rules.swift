extension ServerConfiguration {
    /// What is wrong between values that are each well-formed.
    ///
    /// - Parameter listenerNames: all that stand under `listeners`, those with a mistake inside too: one mistake, one message.
    func brokenRules(listenerNames: [String]) -> [ConfigurationProblem] {
        addressRules() + workerRules() + routeRules(listenerNames)
    }

    private func addressRules() -> [ConfigurationProblem] {
        guard server.keys.isEmpty else { return [] }
        let addresses = [("server.fastcgi", server.fastCGI), ("server.http", server.http)]
        return addresses.compactMap { key, address in
            guard let address, !address.isLocal else { return nil }
            return problem(
                key, "other machines can reach \(address), so server.keys must have at least one key")
        }
    }

    private func workerRules() -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        if worker.pollIntervalMin > worker.pollInterval {
            problems.append(
                problem(
                    "worker.poll_interval_min", besides: "worker.poll_interval",
                    "must be at most worker.poll_interval, which is \(DurationText.write(worker.pollInterval))"))
        }
        if worker.retryDelays.isEmpty {
            problems.append(problem("worker.retry_delays", "must have at least one duration"))
        }
        return problems
    }

    private func routeRules(_ names: [String]) -> [ConfigurationProblem] {
        eventListeners.routes.flatMap { route in
            zip(route.listeners, route.listenerPlaces).compactMap { name, place in
                if names.contains(name) { return nil }
                return ConfigurationProblem(
                    place: place, key: "event_listeners.\(route.event)",
                    message: "there is no listener \"\(name)\" under listeners",
                    suggestion: EditDistance.nearest(to: name, among: names))
            }
        }
    }

    /// - Parameter other: the key that the mistake is between, which may be the only one of them that somebody has written.
    private func problem(_ key: String, besides other: String? = nil, _ message: String) -> ConfigurationProblem {
        let place = places[key] ?? other.flatMap { places[$0] } ?? .defaults
        return ConfigurationProblem(place: place, key: key, message: message)
    }
}
