<?php

use Recado\Client;
use Recado\Exception\UnavailableException;

/**
 * Recado as a CodeIgniter 3 library: `application/libraries/Event_dispatcher.php`. Works without CodeIgniter, too.
 *
 *     $this->load->library('event_dispatcher');
 *     $this->event_dispatcher->dispatch(Event_dispatcher::EVENT_APPOINTMENT_SAVED, ['appointment' => $appointment]);
 *
 * It never breaks the page that calls it: whatever goes wrong is logged and answered with false, after a second at most
 * (dispatch_sync: 12 s).
 *
 * Settings, the first that is there: the constructor's array, the array `$config['recado']` of CodeIgniter's
 * configuration, the environment's RECADO_URL and RECADO_KEY. Their names are those of `Recado\Client`.
 */
class Event_dispatcher
{
    public const EVENT_APPOINTMENT_SAVED = 'appointment.saved';
    public const EVENT_APPOINTMENT_DELETED = 'appointment.deleted';
    public const EVENT_APPOINTMENT_UPDATED = 'appointment.updated';

    /** @var array<string, mixed> */
    private array $options;
    private ?Client $client = null;

    /**
     * @param array<string, mixed> $options
     */
    public function __construct($options = [])
    {
        $this->options = is_array($options) ? $options : [];
    }

    /**
     * Stores an event; its listeners hear of it later.
     *
     * @param array|object $payload
     * @param DateTimeInterface|string|null $scheduledAt When to deliver it; null is now.
     * @return bool Whether it is stored.
     */
    public function dispatch($event, $payload, $scheduledAt = null)
    {
        return $this->guarded($event, function (Client $client) use ($event, $payload, $scheduledAt): bool {
            $client->dispatch($event, $payload, ['scheduled_at' => $scheduledAt]);
            return true;
        });
    }

    /**
     * Stores an event and lets its listeners hear of it before it returns.
     *
     * @param array|object $payload
     * @return bool Whether it is stored and no listener failed. What takes longer than 10 s goes on without this page.
     */
    public function dispatch_sync($event, $payload)
    {
        return $this->guarded($event, function (Client $client) use ($event, $payload): bool {
            $result = $client->dispatchSync($event, $payload);
            foreach ($result->listeners as $listener) {
                if (!$listener->ok && $listener->reason !== null) {
                    $this->log("Event $event: listener {$listener->name} failed: {$listener->reason}");
                }
            }
            return $result->status !== 'failed';
        });
    }

    /** Runs the body; whatever it throws is logged and answered with false. */
    private function guarded($event, Closure $body): bool
    {
        try {
            return $body($this->client());
        } catch (Throwable $error) {
            $name = is_string($event) ? $event : gettype($event);
            $isUnknown = $error instanceof UnavailableException && $error->isOutcomeUnknown;
            $outcome = $isUnknown ? 'dispatched or not' : 'not dispatched';
            $this->log("Event $name was $outcome: {$error->getMessage()}");
            return false;
        }
    }

    private function client(): Client
    {
        if ($this->client === null) {
            self::loadClient();
            $options = $this->options + $this->frameworkOptions();
            foreach (['url' => 'RECADO_URL', 'key' => 'RECADO_KEY'] as $name => $variable) {
                $value = getenv($variable);
                if (!isset($options[$name]) && is_string($value) && $value !== '') {
                    $options[$name] = $value;
                }
            }
            // Recado itself answers dispatch_sync after 10 s at the latest (server.sync_timeout).
            $this->client = new Client($options + ['timeout' => 1.0, 'connect_timeout' => 0.3, 'sync_timeout' => 12.0]);
        }
        return $this->client;
    }

    /**
     * @return array<string, mixed>
     */
    private function frameworkOptions(): array
    {
        if (!function_exists('get_instance')) {
            return [];
        }
        $framework = get_instance();
        if (!isset($framework->config)) {
            return [];
        }
        $options = $framework->config->item('recado');
        return is_array($options) ? $options : [];
    }

    /** Finds the client where Composer does not: beside this file, in third_party, or in its own repository. */
    private static function loadClient(): void
    {
        if (class_exists(Client::class)) {
            return;
        }
        $application = dirname(__DIR__);
        foreach ([__DIR__ . '/recado', "$application/third_party/recado", "$application/src"] as $directory) {
            if (is_file("$directory/autoload.php")) {
                require_once "$directory/autoload.php";
                return;
            }
        }
        throw new RuntimeException('The classes of recado/client are missing; see its README.');
    }

    private function log(string $message): void
    {
        if (function_exists('log_message')) {
            log_message('error', $message);
        } else {
            error_log($message);
        }
    }
}
