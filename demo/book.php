<?php
// What an app does when an appointment has been booked: php book.php URL KEY PAYLOAD-FILE

require __DIR__ . '/../clients/php/src/autoload.php';

[, $url, $key, $file] = $argv;

$recado = new Recado\Client(['url' => $url, 'key' => $key]);
$payload = json_decode(file_get_contents($file), true, 512, JSON_THROW_ON_ERROR);

$result = $recado->dispatch('appointment.saved', $payload, ['ordering_key' => 'appointment:' . $payload['appointment']['id']]);
echo "dispatched: event {$result->id}, {$result->uuid}, {$result->status}\n";
