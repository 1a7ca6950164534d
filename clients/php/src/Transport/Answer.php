<?php

declare(strict_types=1);

namespace Recado\Transport;

/**
 * An HTTP answer.
 */
final class Answer
{
    public int $status;
    public string $body;
    /** The seconds of `Retry-After`; null where it is absent or a date. */
    public ?int $retryAfter;

    public function __construct(int $status, string $body, ?int $retryAfter)
    {
        $this->status = $status;
        $this->body = $body;
        $this->retryAfter = $retryAfter;
    }

    /**
     * The value of `Retry-After` in header lines.
     *
     * @param string[] $lines
     */
    public static function retryAfter(array $lines): ?int
    {
        foreach ($lines as $line) {
            if (preg_match('/^retry-after:\s*(\d{1,9})\s*$/i', $line, $match)) {
                return (int) $match[1];
            }
        }
        return null;
    }
}
