<?php

declare(strict_types=1);

namespace Recado\Transport;

use Recado\Exception\UnavailableException;

/**
 * Sends requests with PHP's curl extension.
 */
final class CurlTransport implements Transport
{
    /** The errors that come before anything is sent: proxy, name, connection, TLS, certificate. */
    private const UNSENT = [5, 6, 7, 35, 51, 60, 77, 83, 90, 91];

    private string $url;
    private float $connectTimeout;
    private ?string $unixSocket;

    public function __construct(string $url, float $connectTimeout, ?string $unixSocket)
    {
        $this->url = rtrim($url, '/');
        $this->connectTimeout = $connectTimeout;
        $this->unixSocket = $unixSocket;
    }

    public function post(string $path, array $headers, string $body, float $timeout): Answer
    {
        // A new handle each time, so never a kept connection: where one turns out to be dead, libcurl sends the POST
        // again by itself, and the event could be stored twice.
        $handle = curl_init();
        $lines = [];
        $options = [
            CURLOPT_URL => $this->url . $path,
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $body,
            // Without "Expect:" curl waits a second for "100 Continue" before a large body.
            CURLOPT_HTTPHEADER => array_merge($headers, ['Expect:']),
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HEADERFUNCTION => static function ($handle, string $line) use (&$lines): int {
                $lines[] = $line;
                return strlen($line);
            },
            CURLOPT_CONNECTTIMEOUT_MS => max(1, (int) round($this->connectTimeout * 1000)),
            CURLOPT_TIMEOUT_MS => max(1, (int) round($timeout * 1000)),
            // Signals would end time limits below a second at once.
            CURLOPT_NOSIGNAL => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            // Not even a proxy of the environment: the key is for Recado alone.
            CURLOPT_PROXY => '',
        ];
        if ($this->unixSocket !== null) {
            $options[CURLOPT_UNIX_SOCKET_PATH] = $this->unixSocket;
        }
        curl_setopt_array($handle, $options);
        $answer = curl_exec($handle);
        if ($answer === false) {
            $wasSent = !in_array(curl_errno($handle), self::UNSENT, true)
                && curl_getinfo($handle, CURLINFO_PRETRANSFER_TIME) > 0;
            throw new UnavailableException('Recado cannot be reached: ' . curl_error($handle), 0, null, $wasSent);
        }
        $status = (int) curl_getinfo($handle, CURLINFO_RESPONSE_CODE);
        return new Answer($status, (string) $answer, Answer::retryAfter($lines));
    }
}
