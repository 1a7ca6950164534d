<?php

declare(strict_types=1);

namespace Recado\Exception;

/**
 * Recado could not be reached, or could not take the event now (429, 5xx). Later it may. The code is the HTTP status; 0
 * where nobody answered, and for one event of several.
 */
final class UnavailableException extends RecadoException
{
    /** After how many seconds to try again, where Recado said so. */
    public ?int $retryAfter;
    /**
     * Whether the event may have been accepted all the same: the request was sent and its answer never came, or Recado
     * says itself that it does not know (`outcome_unknown`). To dispatch it again without storing it twice, give it an
     * `idempotency_key`.
     */
    public bool $isOutcomeUnknown;

    public function __construct(
        string $message,
        int $status = 0,
        ?int $retryAfter = null,
        bool $isOutcomeUnknown = false
    ) {
        parent::__construct($message, $status);
        $this->retryAfter = $retryAfter;
        $this->isOutcomeUnknown = $isOutcomeUnknown;
    }
}
