<?php

declare(strict_types=1);

namespace Recado;

/**
 * An accepted event. It is committed: Recado delivers it whatever happens to this process.
 */
final class DispatchResult
{
    /** The row's id in `event_queue`. */
    public int $id;
    /** The id that receivers see. */
    public string $uuid;
    /** `pending`, or `scheduled` where it is for later. */
    public string $status;

    public function __construct(int $id, string $uuid, string $status)
    {
        $this->id = $id;
        $this->uuid = $uuid;
        $this->status = $status;
    }
}
