<?php

declare(strict_types=1);

use Recado\Client;
use Recado\DispatchResult;
use Recado\Exception\RecadoException;
use Recado\Exception\RejectedException;
use Recado\Exception\UnavailableException;

/**
 * What a client does, the same over both transports.
 */
function testClient(Runner $runner, Stub $stub, bool $usesCurl): void
{
    $wire = $usesCurl ? 'curl' : 'streams';
    $test = static function (string $name, callable $body) use ($runner, $stub, $wire): void {
        $stub->clear();
        $runner->test("$wire: $name", $body);
    };
    $client = static function (array $options = []) use ($stub, $usesCurl): Client {
        return new Client($options + ['url' => $stub->url(), 'key' => 'secret', 'use_curl' => $usesCurl]);
    };

    $test('a dispatch is answered with its ids', static function () use ($client): void {
        $result = $client()->dispatch('appointment.saved', ['id' => 1]);
        Runner::same('pending', $result->status);
        Runner::same("0190-{$result->id}", $result->uuid);
    });

    $test('the request is what the contract says', static function () use ($client, $stub): void {
        $client()->dispatch('appointment.saved', ['url' => 'https://a/b', 'name' => 'João', 'price' => 10.0], [
            'instance' => 'shop', 'tenant' => 't1', 'ordering_key' => 'appointment-7', 'max_attempts' => 5,
            'scheduled_at' => new DateTimeImmutable('2030-01-02 03:04:05', new DateTimeZone('America/Sao_Paulo')),
            'idempotency_key' => 'k1', 'request_id' => 'request-9',
        ]);
        $request = $stub->requests()[0];
        Runner::same('/dispatch', $request['path']);
        Runner::same('Bearer secret', $request['headers']['authorization']);
        Runner::same('request-9', $request['headers']['x-request-id']);
        Runner::same('application/json', $request['headers']['content-type']);
        Runner::same(
            '{"event":"appointment.saved","payload":{"url":"https://a/b","name":"João","price":10.0},"instance":"shop",'
            . '"tenant":"t1","ordering_key":"appointment-7","max_attempts":5,"scheduled_at":"2030-01-02T06:04:05Z",'
            . '"idempotency_key":"k1"}',
            $request['body']
        );
    });

    $test('an empty payload is an object', static function () use ($client, $stub): void {
        $client()->dispatch('a', []);
        Runner::same('{"event":"a","payload":{}}', $stub->requests()[0]['body']);
    });

    $test('a payload may be an object', static function () use ($client, $stub): void {
        $client()->dispatch('a', (object) ['n' => 1]);
        Runner::same('{"event":"a","payload":{"n":1}}', $stub->requests()[0]['body']);
    });

    $test('a payload of a megabyte arrives whole', static function () use ($client, $stub): void {
        $client()->dispatch('a', ['text' => str_repeat('x', 1000000)]);
        Runner::same(1000035, strlen($stub->requests()[0]['body']));
    });

    $test('a payload that is no JSON is not sent', static function () use ($client, $stub): void {
        Runner::throws(RecadoException::class, static fn () => $client()->dispatch('a', ['text' => "\xff"]));
        Runner::same([], $stub->requests());
    });

    $test('many events are answered one by one', static function () use ($client, $stub): void {
        $results = $client()->dispatchMany([
            ['event' => 'a', 'payload' => ['n' => 1]],
            ['event' => '', 'payload' => []],
            ['event' => 'b', 'payload' => ['n' => 2], 'ordering_key' => 'k'],
        ]);
        $classes = [DispatchResult::class, RejectedException::class, DispatchResult::class];
        Runner::same($classes, array_map('get_class', $results));
        Runner::same(['invalid_event', 'event'], [$results[1]->errorCode, $results[1]->field]);
        Runner::same(1, count($stub->requests()));
        Runner::same([], $client()->dispatchMany([]));
    });

    $test('one of many that Recado could not take is not refused', static function () use ($client): void {
        $results = $client()->dispatchMany([
            ['event' => 'unavailable', 'payload' => []],
            ['event' => 'outcome_unknown', 'payload' => []],
        ]);
        Runner::same([UnavailableException::class, UnavailableException::class], array_map('get_class', $results));
        Runner::same([false, true], [$results[0]->isOutcomeUnknown, $results[1]->isOutcomeUnknown]);
    });

    $test('a synchronous dispatch tells what became of each listener', static function () use ($client): void {
        $result = $client()->dispatchSync('sync.failed', []);
        Runner::same(['failed', false], [$result->status, $result->isProcessed()]);
        Runner::same(['mail', true, null], [
            $result->listeners[0]->name, $result->listeners[0]->ok, $result->listeners[0]->reason,
        ]);
        Runner::same(['hook', false, 2, 90, 'timeout'], array_values(get_object_vars($result->listeners[1])));
        Runner::same('processing', $client()->dispatchSync('sync.processing', [])->status);
        Runner::same(true, $client()->dispatchSync('a', [])->isProcessed());
    });

    $test('a refusal says what was wrong', static function () use ($client): void {
        $error = Runner::throws(RejectedException::class, static fn () => $client()->dispatch('reject', []));
        Runner::same(
            [400, 'invalid_field', 'instance', 'Too long.'],
            [$error->status, $error->errorCode, $error->field, $error->getMessage()]
        );
        $error = Runner::throws(RejectedException::class, static fn () => $client()->dispatch('unauthorized', []));
        Runner::same([401, null], [$error->status, $error->field]);
    });

    $test('a 503 says when to come back, and that nothing is stored', static function () use ($client): void {
        $error = Runner::throws(UnavailableException::class, static fn () => $client()->dispatch('unavailable', []));
        Runner::same([3, false, 503], [$error->retryAfter, $error->isOutcomeUnknown, $error->getCode()]);
    });

    $test('a 503 may also say that the event may be stored', static function () use ($client): void {
        $error = Runner::throws(UnavailableException::class, static fn () => $client()->dispatch('outcome_unknown', []));
        Runner::same([3, true, 503], [$error->retryAfter, $error->isOutcomeUnknown, $error->getCode()]);
    });

    $test('a gateway error leaves the outcome open', static function () use ($client): void {
        $error = Runner::throws(UnavailableException::class, static fn () => $client()->dispatch('gateway', []));
        Runner::same([null, true, 502], [$error->retryAfter, $error->isOutcomeUnknown, $error->getCode()]);
        $error = Runner::throws(UnavailableException::class, static fn () => $client()->dispatch('gateway.json', []));
        Runner::same([true, 502], [$error->isOutcomeUnknown, $error->getCode()]);
    });

    $test('a refusal need not look as ours do', static function () use ($client): void {
        foreach (['reject.oddly', 'reject.in.words'] as $event) {
            $error = Runner::throws(RejectedException::class, static fn () => $client()->dispatch($event, []));
            Runner::same('Recado answered 403.', $error->getMessage());
        }
    });

    $test('an empty 200 is no acceptance, nor is a redirect', static function () use ($client, $stub): void {
        Runner::throws(RecadoException::class, static fn () => $client()->dispatch('empty', []));
        Runner::throws(RecadoException::class, static fn () => $client()->dispatch('redirect', []));
        Runner::same(2, count($stub->requests()));
    });

    $test('nobody listening is noticed at once', static function () use ($client): void {
        $start = microtime(true);
        $away = $client(['url' => 'http://127.0.0.1:' . Stub::closedPort()]);
        $error = Runner::throws(UnavailableException::class, static fn () => $away->dispatch('a', []));
        Runner::same([false, true], [$error->isOutcomeUnknown, microtime(true) - $start < 0.5]);
    });

    $test('a refusal is read before the body was sent', static function () use ($client): void {
        try {
            $client(['timeout' => 1.0])->dispatch('large', ['x' => str_repeat('x', 8000000)], ['request_id' => 'refused-early']);
            Runner::same('an exception', 'none');
        } catch (RejectedException $problem) {
            Runner::same('unauthorized', $problem->errorCode);
        }
    });

    $test('an answer is there when it is whole, whether or not the connection ends', static function () use ($client): void {
        Runner::same('pending', $client(['timeout' => 1.0])->dispatch('lingering', [])->status);
    });

    foreach (['slow', 'trickle'] as $event) {
        $test("the time limit holds for a $event answer", static function () use ($client, $event, $stub): void {
            $start = microtime(true);
            $impatient = $client(['timeout' => 0.3]);
            $error = Runner::throws(
                UnavailableException::class,
                static fn () => $impatient->dispatch($event, [], ['idempotency_key' => "$event-1"])
            );
            $seconds = microtime(true) - $start;
            Runner::same([true, true, 1], [
                $error->isOutcomeUnknown, $seconds > 0.25 && $seconds < 0.6, count($stub->requests()),
            ]);
        });
    }

    $test('a lost answer is not asked for again', static function () use ($client, $stub): void {
        $error = Runner::throws(UnavailableException::class, static fn () => $client()->dispatch('drop', []));
        Runner::same([true, 1], [$error->isOutcomeUnknown, count($stub->requests())]);
    });

    $test('with an idempotency key it is asked for again, once', static function () use ($client, $stub, $wire): void {
        $client()->dispatch('drop.once', [], ['idempotency_key' => "$wire-once"]);
        Runner::same(2, count($stub->requests()));
        $stub->clear();
        Runner::throws(
            UnavailableException::class,
            static fn () => $client()->dispatch('drop', [], ['idempotency_key' => "$wire-always"])
        );
        Runner::same(2, count($stub->requests()));
    });

    $test('what became of the first request stays unknown', static function () use ($client, $stub, $wire): void {
        $error = Runner::throws(
            UnavailableException::class,
            static fn () => $client()->dispatch('drop.unavailable', [], ['idempotency_key' => "$wire-unavailable"])
        );
        Runner::same([503, true, 2], [$error->getCode(), $error->isOutcomeUnknown, count($stub->requests())]);
    });

    $test('several dispatches of one client all arrive', static function () use ($client, $stub): void {
        $one = $client();
        for ($number = 0; $number < 20; $number++) {
            $one->dispatch('a', ['n' => $number]);
        }
        Runner::same(20, count($stub->requests()));
    });

    $test('a unix socket will do', static function () use ($client, $stub): void {
        $client(['url' => 'http://recado', 'unix_socket' => "{$stub->directory}/http.sock"])->dispatch('a', []);
        Runner::same('recado', $stub->requests()[0]['headers']['host']);
    });

    $test('TLS is checked', static function () use ($client, $stub): void {
        $client(['url' => "https://localhost:{$stub->encryptedPort}"])->dispatch('a', []);
        // The certificate is not for this name.
        $wrong = $client(['url' => "https://127.0.0.1:{$stub->encryptedPort}"]);
        $error = Runner::throws(UnavailableException::class, static fn () => $wrong->dispatch('a', []));
        Runner::same([false, 1], [$error->isOutcomeUnknown, count($stub->requests())]);
    });

    $test('a path before /dispatch is kept', static function () use ($client, $stub): void {
        $client(['url' => $stub->url() . '/events/'])->dispatch('a', []);
        Runner::same('/events/dispatch', $stub->requests()[0]['path']);
    });

    $test('wrong options are refused before anything is sent', static function () use ($client, $stub): void {
        foreach ([['uri' => 'x'], ['url' => 'ftp://x'], ['url' => 'http://'], ['url' => "http://x\n"], ['key' => "a\r\nX: y"]] as $options) {
            Runner::throws(InvalidArgumentException::class, static fn () => $client($options));
        }
        $one = $client();
        foreach ([['delay' => 1], ['request_id' => "a\nb"]] as $options) {
            Runner::throws(InvalidArgumentException::class, static fn () => $one->dispatch('a', [], $options));
        }
        Runner::throws(InvalidArgumentException::class, static fn () => $one->dispatch('a', 'text'));
        Runner::same([], $stub->requests());
    });
}
