import CMalloc
import Glibc

/// What the process needs before any library starts a thread.
enum ProcessSetup {
    static func prepare() {
        // A peer that went away is an error of its write, not the end of the process. libmariadb, NIO and libfcgi each set this as
        // well; whoever comes last, it stays ignored or handled by nothing.
        signal(SIGPIPE, SIG_IGN)
        // It asks for a reload, and may come before anybody listens for it: that must not be the end.
        signal(SIGHUP, SIG_IGN)
        raiseDescriptorLimit()
    }

    /// One heap for all threads: glibc makes one for each, which takes longer than sharing where little is done.
    static func expectShortLife() {
        _ = mallopt(M_ARENA_MAX, 1)
    }

    /// 1,024 descriptors are fewer than the connections that we accept.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else {
            return
        }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
