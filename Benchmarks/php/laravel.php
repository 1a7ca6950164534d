<?php
// Laravel's database queue, without an application around it.
declare(strict_types=1);

use Illuminate\Container\Container;
use Illuminate\Database\Capsule\Manager as Database;
use Illuminate\Queue\Capsule\Manager as Queue;

require_once 'Illuminate/Database/autoload.php';
require_once 'Illuminate/Queue/autoload.php';
require_once 'Illuminate/Events/autoload.php';

error_reporting(E_ALL & ~E_DEPRECATED & ~E_USER_DEPRECATED);

/** Runs one job: the plainest shape that Laravel takes, a class name and an array, nothing to unserialise. */
final class HappenedJob
{
    public static $handler;

    public function fire($job, array $payload): void
    {
        (self::$handler)($payload);
        $job->delete();
    }
}

function laravel_queue(Container $container, string $socket, string $database): Queue
{
    $databases = new Database($container);
    $databases->addConnection([
        'driver' => 'mysql',
        'unix_socket' => $socket,
        'database' => $database,
        'username' => 'root',
        'password' => '',
        'charset' => 'utf8mb4',
        'options' => [PDO::ATTR_EMULATE_PREPARES => true],
    ]);
    $container->instance('db', $databases->getDatabaseManager());
    $queue = new Queue($container);
    $queue->addConnection(['driver' => 'database', 'table' => 'jobs', 'queue' => 'default', 'retry_after' => 90]);
    return $queue;
}
