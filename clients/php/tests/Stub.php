<?php

declare(strict_types=1);

/**
 * The stub server that run.sh has started.
 */
final class Stub
{
    public string $directory;
    public int $port;
    public int $encryptedPort;

    public function __construct(string $directory)
    {
        $ports = json_decode((string) file_get_contents("$directory/ports.json"), true);
        $this->directory = $directory;
        $this->port = $ports['plain'];
        $this->encryptedPort = $ports['encrypted'];
    }

    public function url(): string
    {
        return "http://127.0.0.1:{$this->port}";
    }

    /** Forgets what has been received. */
    public function clear(): void
    {
        file_put_contents("{$this->directory}/requests.jsonl", '');
    }

    /**
     * @return array<int, array{path: string, headers: array<string, string>, body: string}>
     */
    public function requests(): array
    {
        $lines = file("{$this->directory}/requests.jsonl", FILE_IGNORE_NEW_LINES);
        return array_map(static fn (string $line): array => json_decode($line, true), $lines);
    }

    /** A port of 127.0.0.1 that nobody listens on. */
    public static function closedPort(): int
    {
        $server = stream_socket_server('tcp://127.0.0.1:0');
        $name = (string) stream_socket_get_name($server, false);
        fclose($server);
        return (int) substr($name, strrpos($name, ':') + 1);
    }
}
