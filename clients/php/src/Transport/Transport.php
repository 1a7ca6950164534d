<?php

declare(strict_types=1);

namespace Recado\Transport;

use Recado\Exception\UnavailableException;

/**
 * Sends one POST and returns its answer. It follows no redirects and repeats nothing by itself.
 */
interface Transport
{
    /**
     * @param string[] $headers Lines such as `Content-Type: application/json`.
     * @param float $timeout Seconds until the answer must be there, the connection's time included.
     * @throws UnavailableException where no answer comes.
     */
    public function post(string $path, array $headers, string $body, float $timeout): Answer;
}
