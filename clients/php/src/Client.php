<?php

declare(strict_types=1);

namespace Recado;

use Recado\Exception\RecadoException;
use Recado\Exception\RejectedException;
use Recado\Exception\UnavailableException;
use Recado\Transport\Answer;
use Recado\Transport\CurlTransport;
use Recado\Transport\StreamTransport;
use Recado\Transport\Transport;

/**
 * Dispatches events to Recado.
 *
 * Options of an event: `instance`, `tenant`, `ordering_key`, `scheduled_at` (a DateTimeInterface, or text as Recado
 * reads it), `max_attempts`, `idempotency_key`; and of its request: `request_id`.
 *
 * A request is sent once. Only where every event in it has an `idempotency_key` is it sent again, once and within the
 * same time limit, after its connection failed: then Recado recognises an event that it has already.
 */
final class Client
{
    private const DEFAULTS = [
        'url' => 'http://127.0.0.1:8026',
        'key' => null,
        'timeout' => 2.0,
        'sync_timeout' => 35.0,
        'connect_timeout' => 0.5,
        'unix_socket' => null,
        'use_curl' => null,
    ];

    /** The codes of those whose turn may come later: Recado's 503. */
    private const NOTHING_STORED = ['unavailable', 'not_migrated'];
    private const OUTCOME_UNKNOWN = 'outcome_unknown';

    private Transport $transport;
    private ?string $key;
    private float $timeout;
    private float $syncTimeout;

    /**
     * @param array<string, mixed> $options
     *   - `url`: where Recado is, `http://` or `https://`; http://127.0.0.1:8026 by default.
     *   - `key`: the API key, sent as `Authorization: Bearer …`.
     *   - `timeout`: seconds until `dispatch` must be answered, 2.0 by default.
     *   - `sync_timeout`: the same for `dispatchSync`, whose answer waits for the listeners; 35.0 by default.
     *   - `connect_timeout`: seconds until the connection must be there, 0.5 by default.
     *   - `unix_socket`: the path of a socket that speaks plain HTTP; the url's host is only a name then.
     *   - `use_curl`: true or false to choose; by default curl is used where its extension is loaded.
     */
    public function __construct(array $options = [])
    {
        $unknown = array_keys(array_diff_key($options, self::DEFAULTS));
        if ($unknown !== []) {
            throw new \InvalidArgumentException("There is no option \"{$unknown[0]}\".");
        }
        $options += self::DEFAULTS;
        if (!preg_match('#^https?://[^/?\#\s]+(/[^?\#\s]*)?$#iD', (string) $options['url'])) {
            throw new \InvalidArgumentException('The url must begin with http:// or https:// and have no query.');
        }
        $this->key = $options['key'] === null ? null : self::headerValue('key', (string) $options['key']);
        $this->timeout = (float) $options['timeout'];
        $this->syncTimeout = (float) $options['sync_timeout'];
        $class = $options['use_curl'] ?? extension_loaded('curl') ? CurlTransport::class : StreamTransport::class;
        $this->transport = new $class($options['url'], (float) $options['connect_timeout'], $options['unix_socket']);
    }

    /**
     * Stores an event, and returns when it is committed. The listeners hear of it later.
     *
     * @param array|object $payload
     * @param array<string, mixed> $options
     * @throws RejectedException where Recado refuses the event.
     * @throws UnavailableException where Recado cannot be reached, or cannot take it now.
     * @throws RecadoException where the payload is no JSON, or the answer makes no sense.
     */
    public function dispatch(string $event, $payload, array $options = []): DispatchResult
    {
        [$requestId, $options] = self::takeRequestId($options);
        $body = EventBody::make($event, $payload, $options);
        return self::dispatchResult($this->send('/dispatch', $body, $requestId, $this->timeout, [202]));
    }

    /**
     * Stores an event, lets Recado deliver it, and returns what became of it at each listener.
     *
     * What Recado cannot finish in time it goes on with by itself; the status is `processing` then.
     *
     * @param array|object $payload
     * @param array<string, mixed> $options
     * @throws RejectedException|UnavailableException|RecadoException as `dispatch`.
     */
    public function dispatchSync(string $event, $payload, array $options = []): SyncResult
    {
        [$requestId, $options] = self::takeRequestId($options);
        $body = EventBody::make($event, $payload, $options);
        $fields = $this->send('/dispatch_sync', $body, $requestId, $this->syncTimeout, [200, 202]);
        $accepted = self::dispatchResult($fields);
        $listeners = [];
        foreach ($fields['listeners'] ?? [] as $listener) {
            $listeners[] = new ListenerResult(
                (string) ($listener['name'] ?? ''),
                (bool) ($listener['ok'] ?? false),
                (int) ($listener['attempts'] ?? 0),
                (int) ($listener['milliseconds'] ?? 0),
                isset($listener['reason']) ? (string) $listener['reason'] : null
            );
        }
        return new SyncResult($accepted->id, $accepted->uuid, $accepted->status, $listeners);
    }

    /**
     * Stores several events with one request.
     *
     * @param array<int, array<string, mixed>> $events Each an array of `event`, `payload` and the options of an event.
     * @param array<string, mixed> $options `request_id`.
     * @return array<int, DispatchResult|RejectedException|UnavailableException> One for each event, in order. A refused one
     *     stops no other.
     * @throws RejectedException|UnavailableException|RecadoException as `dispatch`, where none was stored.
     */
    public function dispatchMany(array $events, array $options = []): array
    {
        if ($events === []) {
            return [];
        }
        [$requestId] = self::takeRequestId($options);
        $bodies = [];
        foreach ($events as $event) {
            $fields = array_diff_key($event, ['event' => null, 'payload' => null]);
            $bodies[] = EventBody::make((string) ($event['event'] ?? ''), $event['payload'] ?? [], $fields);
        }
        $items = $this->send('/dispatch', $bodies, $requestId, $this->timeout, [202]);
        if (count($items) !== count($events)) {
            throw new RecadoException('Recado answered ' . count($items) . ' of ' . count($events) . ' events.');
        }
        return array_map(static function ($item) {
            return isset($item['error']) ? self::problem($item) : self::dispatchResult($item);
        }, $items);
    }

    /**
     * @param array<mixed> $body One event, or a list of them.
     * @param int[] $expected The statuses of an answer that is of use.
     * @return array<mixed> The answer.
     */
    private function send(string $path, array $body, ?string $requestId, float $timeout, array $expected): array
    {
        $headers = ['Content-Type: application/json', 'Accept: application/json'];
        if ($this->key !== null) {
            $headers[] = 'Authorization: Bearer ' . $this->key;
        }
        if ($requestId !== null) {
            $headers[] = 'X-Request-ID: ' . $requestId;
        }
        $text = EventBody::encode($body);
        $keys = array_column(isset($body['event']) ? [$body] : $body, 'idempotency_key');
        $isRepeatable = count($keys) === (isset($body['event']) ? 1 : count($body));
        $deadline = microtime(true) + $timeout;
        try {
            return $this->decoded($this->transport->post($path, $headers, $text, $timeout), $expected);
        } catch (UnavailableException $error) {
            $left = $deadline - microtime(true);
            // Whoever answers has had his say.
            if (!$isRepeatable || $left < 0.01 || $error->getCode() !== 0) {
                throw $error;
            }
        }
        try {
            return $this->decoded($this->transport->post($path, $headers, $text, $left), $expected);
        } catch (UnavailableException $again) {
            // That the second request was not accepted says nothing about the first.
            $again->isOutcomeUnknown = $again->isOutcomeUnknown || $error->isOutcomeUnknown;
            throw $again;
        }
    }

    /**
     * @param int[] $expected
     * @return array<mixed>
     */
    private function decoded(Answer $answer, array $expected): array
    {
        $fields = json_decode($answer->body, true);
        if (in_array($answer->status, $expected, true) && is_array($fields)) {
            return $fields;
        }
        if ($answer->status === 429 || $answer->status >= 500) {
            // A gateway's 502 or 504 may come after the event was stored; Recado's own 503 says whether it may be.
            $isNothingStored = in_array(self::said($fields, 'code'), self::NOTHING_STORED, true);
            throw new UnavailableException(
                self::said($fields, 'message') ?? "Recado is away: the web server answered {$answer->status}.",
                $answer->status,
                $answer->retryAfter,
                $answer->status >= 500 && !$isNothingStored
            );
        }
        if ($answer->status >= 400) {
            throw self::rejection($answer->status, is_array($fields) ? $fields : []);
        }
        throw new RecadoException("Recado's answer makes no sense: status {$answer->status}.", $answer->status);
    }

    /**
     * @param mixed $fields
     */
    private static function dispatchResult($fields): DispatchResult
    {
        if (!is_array($fields) || !isset($fields['id'], $fields['uuid'], $fields['status'])) {
            throw new RecadoException("Recado's answer makes no sense: it has no id.");
        }
        return new DispatchResult((int) $fields['id'], (string) $fields['uuid'], (string) $fields['status']);
    }

    /**
     * What is said of one event of several.
     *
     * @param array<mixed> $item
     */
    private static function problem(array $item): RecadoException
    {
        $code = self::said($item, 'code') ?? '';
        if (!in_array($code, [...self::NOTHING_STORED, self::OUTCOME_UNKNOWN], true)) {
            return self::rejection(0, $item);
        }
        return new UnavailableException(self::said($item, 'message') ?? $code, 0, null, $code === self::OUTCOME_UNKNOWN);
    }

    /**
     * @param array<mixed> $fields
     */
    private static function rejection(int $status, array $fields): RejectedException
    {
        return new RejectedException(
            $status,
            self::said($fields, 'code') ?? 'rejected',
            self::said($fields, 'message') ?? "Recado answered $status.",
            self::said($fields, 'field')
        );
    }

    /**
     * A text of an answer's error. A web server in between may have answered, with whatever it likes to call an error.
     *
     * @param mixed $fields
     */
    private static function said($fields, string $name): ?string
    {
        $text = $fields['error'][$name] ?? null;
        return is_string($text) ? $text : null;
    }

    /**
     * @param array<string, mixed> $options
     * @return array{0: ?string, 1: array<string, mixed>}
     */
    private static function takeRequestId(array $options): array
    {
        $requestId = $options['request_id'] ?? null;
        unset($options['request_id']);
        return [$requestId === null ? null : self::headerValue('request_id', (string) $requestId), $options];
    }

    /** What may stand in a header field: visible ASCII, so that no value can add a line. */
    private static function headerValue(string $name, string $value): string
    {
        if (!preg_match('/^[\x21-\x7e]+$/D', $value)) {
            throw new \InvalidArgumentException("The $name must be visible ASCII without spaces.");
        }
        return $value;
    }
}
