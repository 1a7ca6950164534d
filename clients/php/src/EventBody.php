<?php

declare(strict_types=1);

namespace Recado;

use Recado\Exception\RecadoException;

/**
 * Events as the JSON that Recado reads.
 */
final class EventBody
{
    /** The options of one event that go into its body. */
    private const FIELDS = ['instance', 'tenant', 'ordering_key', 'scheduled_at', 'max_attempts', 'idempotency_key'];

    /**
     * One event as an array to encode.
     *
     * @param array|object $payload
     * @param array<string, mixed> $options
     * @return array<string, mixed>
     */
    public static function make(string $event, $payload, array $options): array
    {
        if (!is_array($payload) && !is_object($payload)) {
            throw new \InvalidArgumentException('A payload is an array or an object.');
        }
        // PHP cannot tell an empty list from an empty map; a payload is a map.
        $body = ['event' => $event, 'payload' => $payload === [] ? new \stdClass() : $payload];
        foreach ($options as $name => $value) {
            if (!in_array($name, self::FIELDS, true)) {
                throw new \InvalidArgumentException("There is no option \"$name\".");
            }
            if ($value instanceof \DateTimeInterface) {
                $value = \DateTimeImmutable::createFromFormat('U', (string) $value->getTimestamp())
                    ->format('Y-m-d\TH:i:s\Z');
            }
            if ($value !== null) {
                $body[$name] = $value;
            }
        }
        return $body;
    }

    /**
     * @param array<mixed> $body
     * @throws RecadoException where something in it is no JSON: a resource, text that is not UTF-8, NAN.
     */
    public static function encode(array $body): string
    {
        $flags = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION;
        try {
            return json_encode($body, $flags);
        } catch (\JsonException $error) {
            throw new RecadoException('The event cannot be written as JSON: ' . $error->getMessage(), 0, $error);
        }
    }
}
