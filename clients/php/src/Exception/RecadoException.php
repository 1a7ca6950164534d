<?php

declare(strict_types=1);

namespace Recado\Exception;

/**
 * What every exception of this client is, and what is thrown where an answer makes no sense or a payload is no JSON.
 */
class RecadoException extends \RuntimeException
{
}
