<?php

declare(strict_types=1);

namespace Recado;

/**
 * What became of an event at one listener.
 */
final class ListenerResult
{
    public string $name;
    /** Whether it was delivered. */
    public bool $ok;
    /** How many tries it took. */
    public int $attempts;
    /** How long they took in all. */
    public int $milliseconds;
    /** Why it was not delivered: `timeout`, `refused`, `rejected`, … */
    public ?string $reason;

    public function __construct(string $name, bool $ok, int $attempts, int $milliseconds, ?string $reason)
    {
        $this->name = $name;
        $this->ok = $ok;
        $this->attempts = $attempts;
        $this->milliseconds = $milliseconds;
        $this->reason = $reason;
    }
}
