<?php

declare(strict_types=1);

/** What CodeIgniter's log_message was told. */
final class Log
{
    /** @var string[] */
    public static array $lines = [];
}

function log_message(string $level, string $message): void
{
    Log::$lines[] = "$level $message";
}

/** A host framework, as far as the library looks at it. */
function &get_instance(): object
{
    static $framework = null;
    if ($framework === null) {
        $framework = new class {
            public object $config;
            public function __construct()
            {
                $this->config = new class {
                    /** @var mixed */
                    public $recado = null;
                    /** @return mixed */
                    public function item(string $name)
                    {
                        return $name === 'recado' ? $this->recado : null;
                    }
                };
            }
        };
    }
    return $framework;
}

/**
 * The library that a CodeIgniter app loads.
 */
function testEventDispatcher(Runner $runner, Stub $stub): void
{
    require dirname(__DIR__) . '/codeigniter/Event_dispatcher.php';
    $test = static function (string $name, callable $body) use ($runner, $stub): void {
        $stub->clear();
        Log::$lines = [];
        $runner->test("Event_dispatcher: $name", $body);
    };

    $test('the words of the seed work', static function () use ($stub): void {
        get_instance()->config->recado = ['url' => $stub->url(), 'key' => 'from-config'];
        $dispatcher = new Event_dispatcher();
        $payload = ['event' => 'appointment.saved', 'appointment' => ['id' => 5], 'settings' => []];
        Runner::same(true, $dispatcher->dispatch(Event_dispatcher::EVENT_APPOINTMENT_SAVED, $payload));
        Runner::same(true, $dispatcher->dispatch_sync(Event_dispatcher::EVENT_APPOINTMENT_SAVED, $payload));
        $requests = $stub->requests();
        Runner::same(['/dispatch', '/dispatch_sync'], array_column($requests, 'path'));
        Runner::same('Bearer from-config', $requests[0]['headers']['authorization']);
        Runner::same($payload, json_decode($requests[0]['body'], true)['payload']);
        Runner::same('appointment.deleted', Event_dispatcher::EVENT_APPOINTMENT_DELETED);
        Runner::same('appointment.updated', Event_dispatcher::EVENT_APPOINTMENT_UPDATED);
        Runner::same([], Log::$lines);
    });

    $test('an event may be for later', static function () use ($stub): void {
        $dispatcher = new Event_dispatcher(['url' => $stub->url()]);
        Runner::same(true, $dispatcher->dispatch('a', [], new DateTime('2030-01-01T00:00:00Z')));
        Runner::same('2030-01-01T00:00:00Z', json_decode($stub->requests()[0]['body'], true)['scheduled_at']);
    });

    $test('the environment serves where nothing else is set', static function () use ($stub): void {
        get_instance()->config->recado = null;
        putenv('RECADO_URL=' . $stub->url());
        putenv('RECADO_KEY=from-environment');
        Runner::same(true, (new Event_dispatcher())->dispatch('a', []));
        Runner::same('Bearer from-environment', $stub->requests()[0]['headers']['authorization']);
        putenv('RECADO_URL');
        putenv('RECADO_KEY');
    });

    $test('what goes wrong is logged without the payload; the answer is false', static function () use ($stub): void {
        $away = new Event_dispatcher(['url' => 'http://127.0.0.1:' . Stub::closedPort()]);
        $here = new Event_dispatcher(['url' => $stub->url(), 'timeout' => 0.2]);
        $wrong = new Event_dispatcher(['no such' => 'option']);
        $payload = ['secret' => 'jane@example.org'];
        Runner::same(false, $away->dispatch('a', $payload));
        Runner::same(false, $away->dispatch_sync('a', $payload));
        Runner::same(false, $wrong->dispatch('a', $payload));
        foreach (['reject', 'unavailable', 'gateway', 'empty', 'drop', 'slow'] as $event) {
            Runner::same(false, $here->dispatch($event, $payload));
        }
        Runner::same(false, $here->dispatch('a', ['secret' => "jane\xff"]));
        Runner::same(false, $here->dispatch('a', 'no array'));
        Runner::same(false, $here->dispatch(null, []));
        Runner::same(12, count(Log::$lines));
        Runner::same([], preg_grep('/jane/', Log::$lines));
        Runner::same('error Event reject was not dispatched: Too long.', Log::$lines[3]);
    });

    $test('a failed listener is logged', static function () use ($stub): void {
        $dispatcher = new Event_dispatcher(['url' => $stub->url()]);
        Runner::same(false, $dispatcher->dispatch_sync('sync.failed', []));
        Runner::same(['error Event sync.failed: listener hook failed: timeout'], Log::$lines);
        Runner::same(true, $dispatcher->dispatch_sync('sync.processing', []));
    });
}
