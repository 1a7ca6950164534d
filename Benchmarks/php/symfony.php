<?php
// Symfony Messenger's Doctrine transport, without an application around it.
declare(strict_types=1);

use Doctrine\DBAL\DriverManager;
use Symfony\Component\Messenger\Bridge\Doctrine\Transport\Connection;
use Symfony\Component\Messenger\Bridge\Doctrine\Transport\DoctrineTransport;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;

require_once 'Doctrine/DBAL/autoload.php';
require_once 'Symfony/Component/Messenger/autoload.php';

// Deprecations of Debian's versions under PHP 8.2 would cost time and say nothing.
error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);

/** What is dispatched. */
final class Happened
{
    public function __construct(public readonly string $event, public readonly array $payload)
    {
    }
}

function messenger_transport(string $socket, string $database): DoctrineTransport
{
    $connection = DriverManager::getConnection([
        'driver' => 'pdo_mysql',
        'unix_socket' => $socket,
        'dbname' => $database,
        'user' => 'root',
        'password' => '',
        'charset' => 'utf8mb4',
        // Or every process asks the server for it.
        'serverVersion' => 'mariadb-10.11.0',
        'driverOptions' => [PDO::ATTR_PERSISTENT => true],
    ]);
    return new DoctrineTransport(new Connection(['auto_setup' => false], $connection), new PhpSerializer());
}
