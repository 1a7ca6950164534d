<?php
// Makes Messenger's table and sends one message, which the benchmark then multiplies.
// symfony_setup.php DATABASE_SOCKET DATABASE BODY_FILE
declare(strict_types=1);

use Symfony\Component\Messenger\Envelope;

require __DIR__ . '/symfony.php';

[, $socket, $database, $file] = $argv;
$dispatch = json_decode(file_get_contents($file), true, 64, JSON_THROW_ON_ERROR);
$transport = messenger_transport($socket, $database);
$transport->setup();
$transport->send(new Envelope(new Happened($dispatch['event'], $dispatch['payload'])));
