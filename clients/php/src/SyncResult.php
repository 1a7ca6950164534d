<?php

declare(strict_types=1);

namespace Recado;

/**
 * An event that Recado tried to deliver before it answered.
 */
final class SyncResult
{
    /** The row's id in `event_queue`. */
    public int $id;
    /** The id that receivers see. */
    public string $uuid;
    /** `processed`: all delivered. `failed`: at least one listener failed. `processing`: Recado goes on by itself. */
    public string $status;
    /** @var ListenerResult[] One for each listener that was called. */
    public array $listeners;

    /**
     * @param ListenerResult[] $listeners
     */
    public function __construct(int $id, string $uuid, string $status, array $listeners)
    {
        $this->id = $id;
        $this->uuid = $uuid;
        $this->status = $status;
        $this->listeners = $listeners;
    }

    /** Whether every listener has the event. */
    public function isProcessed(): bool
    {
        return $this->status === 'processed';
    }
}
