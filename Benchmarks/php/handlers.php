<?php
// What a consumer does with an event, for Symfony's and Laravel's alike.
declare(strict_types=1);

/** Nothing, or a POST of the payload over one kept connection, which is the best that either framework's users do. */
function make_handler(string $url): callable
{
    if ($url === '') {
        return static function (array $payload): void {
        };
    }
    $handle = curl_init($url);
    curl_setopt_array($handle, [
        CURLOPT_POST => true,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Expect:'],
        CURLOPT_RETURNTRANSFER => true,
    ]);
    return static function (array $payload) use ($handle): void {
        curl_setopt($handle, CURLOPT_POSTFIELDS, json_encode($payload, JSON_THROW_ON_ERROR));
        curl_exec($handle);
        if (intdiv(curl_getinfo($handle, CURLINFO_RESPONSE_CODE), 100) !== 2) {
            throw new RuntimeException('the webhook was not answered 2xx');
        }
    };
}
