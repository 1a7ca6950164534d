<?php

declare(strict_types=1);

namespace Recado\Exception;

/**
 * Recado refused the event (4xx). The same request would be refused again.
 */
final class RejectedException extends RecadoException
{
    /** The HTTP status; 0 for one event of several, whose request itself was answered. */
    public int $status;
    /** Recado's word for what was wrong: `invalid_json`, `too_large`, `unauthorized`, … */
    public string $errorCode;
    /** The field that was wrong, where one was. */
    public ?string $field;

    public function __construct(int $status, string $errorCode, string $message, ?string $field = null)
    {
        parent::__construct($message, $status);
        $this->status = $status;
        $this->errorCode = $errorCode;
        $this->field = $field;
    }
}
