<?php
// Peer (b): what a PHP shop writes by hand. Run by php-fpm; PERSISTENT comes from the web server.
declare(strict_types=1);

$dispatch = json_decode(file_get_contents('php://input'), true, 64, JSON_THROW_ON_ERROR);
$database = new PDO(
    'mysql:unix_socket=' . $_SERVER['DATABASE_SOCKET'] . ';dbname=' . $_SERVER['DATABASE'] . ';charset=utf8mb4',
    'root',
    '',
    [
        PDO::ATTR_PERSISTENT => $_SERVER['PERSISTENT'] === '1',
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        // One round trip instead of a prepare and an execute.
        PDO::ATTR_EMULATE_PREPARES => true,
    ],
);
$insert = $database->prepare("INSERT INTO event_queue (event_name, payload, source) VALUES (?, ?, 'http')");
$insert->execute([$dispatch['event'], json_encode($dispatch['payload'], JSON_THROW_ON_ERROR)]);

http_response_code(202);
header('Content-Type: application/json');
echo json_encode(['id' => (int) $database->lastInsertId(), 'status' => 'pending']);
