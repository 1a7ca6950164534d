<?php

declare(strict_types=1);

namespace Recado\Transport;

use Recado\Exception\UnavailableException;

/**
 * Sends requests over PHP's own sockets, for hosts without the curl extension.
 *
 * Not over the `http://` wrapper: its time limit is for each read, so that a slow answer could hold a page for ever,
 * and it does not say whether the request was sent. HTTP/1.0, so that no answer comes in chunks.
 */
final class StreamTransport implements Transport
{
    private string $address;
    private string $host;
    private string $basePath;
    private float $connectTimeout;

    public function __construct(string $url, float $connectTimeout, ?string $unixSocket)
    {
        $parts = parse_url($url);
        $isEncrypted = strtolower($parts['scheme']) === 'https';
        $port = $parts['port'] ?? ($isEncrypted ? 443 : 80);
        $this->host = $parts['host'] . (isset($parts['port']) ? ":$port" : '');
        $this->basePath = rtrim($parts['path'] ?? '', '/');
        $this->address = $unixSocket !== null
            ? "unix://$unixSocket"
            : ($isEncrypted ? 'tls://' : 'tcp://') . $parts['host'] . ":$port";
        $this->connectTimeout = $connectTimeout;
    }

    public function post(string $path, array $headers, string $body, float $timeout): Answer
    {
        $deadline = microtime(true) + $timeout;
        // Warnings are silenced because a host app may turn them into exceptions; the error text says the same.
        error_clear_last();
        $stream = @stream_socket_client($this->address, $number, $message, min($this->connectTimeout, $timeout));
        if ($stream === false) {
            // Of TLS only the warning says what went wrong.
            $message = $message ?: (error_get_last()['message'] ?? 'no connection');
            throw new UnavailableException('Recado cannot be reached: ' . $message);
        }
        try {
            stream_set_blocking($stream, false);
            $head = "POST {$this->basePath}$path HTTP/1.0\r\nHost: {$this->host}\r\nConnection: close\r\n"
                . 'Content-Length: ' . strlen($body) . "\r\n" . implode("\r\n", $headers) . "\r\n\r\n";
            $early = $this->write($stream, $head . $body, $deadline);
            return $this->parse($this->read($stream, $early, $deadline));
        } finally {
            fclose($stream);
        }
    }

    /**
     * Writes, until the other side begins to answer: a 401 or a 413 may be there before the body was read.
     *
     * @param resource $stream
     *
     * @return string what has been read of the answer
     */
    private function write($stream, string $bytes, float $deadline): string
    {
        while ($bytes !== '') {
            // Over TLS a stream may be readable with nothing in it for us.
            $early = $this->wait($stream, true, $deadline) ? (string) @fread($stream, 65536) : '';
            if ($early !== '') {
                return $early;
            }
            $count = @fwrite($stream, $bytes);
            if ($count === false || ($count === 0 && feof($stream))) {
                return '';
            }
            $bytes = substr($bytes, $count);
        }
        return '';
    }

    /**
     * @param resource $stream
     */
    private function read($stream, string $bytes, float $deadline): string
    {
        while (!feof($stream) && !$this->isComplete($bytes)) {
            $this->wait($stream, false, $deadline);
            $more = @fread($stream, 65536);
            if ($more === false) {
                break;
            }
            $bytes .= $more;
        }
        return $bytes;
    }

    /**
     * Whether all of the announced body is there: not every server closes the connection behind it.
     */
    private function isComplete(string $bytes): bool
    {
        $end = strpos($bytes, "\r\n\r\n");
        return $end !== false
            && preg_match('/^content-length:\s*(\d+)\s*$/mi', substr($bytes, 0, $end), $length) === 1
            && strlen($bytes) >= $end + 4 + (int) $length[1];
    }

    /**
     * Waits until the stream can be written, where that is wanted, or read. Returns whether it can be read.
     *
     * @param resource $stream
     */
    private function wait($stream, bool $isWriting, float $deadline): bool
    {
        $left = $deadline - microtime(true);
        $readable = [$stream];
        $writable = $isWriting ? [$stream] : [];
        $failed = [];
        $ready = $left > 0
            ? @stream_select($readable, $writable, $failed, (int) $left, (int) (fmod($left, 1) * 1000000))
            : 0;
        if ($ready === 0) {
            throw new UnavailableException('Recado did not answer in time.', 0, null, true);
        }
        return $readable !== [];
    }

    private function parse(string $bytes): Answer
    {
        $parts = explode("\r\n\r\n", $bytes, 2);
        $lines = explode("\r\n", $parts[0]);
        if (count($parts) < 2 || !preg_match('#^HTTP/1\.[01] (\d{3})#', $lines[0], $match)) {
            throw new UnavailableException('Recado closed the connection without an answer.', 0, null, true);
        }
        foreach ($lines as $line) {
            if (preg_match('/^content-length:\s*(\d+)\s*$/i', $line, $length) && strlen($parts[1]) < (int) $length[1]) {
                throw new UnavailableException('The answer ended early.', 0, null, true);
            }
        }
        return new Answer((int) $match[1], $parts[1], Answer::retryAfter($lines));
    }
}
