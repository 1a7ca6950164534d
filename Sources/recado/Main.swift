import ArgumentParser
import RecadoServer

@main
enum Main {
    static func main() async {
        // Signals and library initialisers first, before any thread of a library is there.
        Installation.prepareProcess()
        await RecadoCommand.main()
    }
}
