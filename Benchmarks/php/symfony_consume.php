<?php
// Symfony Messenger's consumer: handles COUNT messages, then ends.
// symfony_consume.php DATABASE_SOCKET DATABASE COUNT [URL]
declare(strict_types=1);

use Symfony\Component\Messenger\Handler\HandlersLocator;
use Symfony\Component\Messenger\MessageBus;
use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
use Symfony\Component\Messenger\Worker;

require __DIR__ . '/symfony.php';
require __DIR__ . '/handlers.php';

[, $socket, $database, $count] = $argv;
$handler = make_handler($argv[4] ?? '');
$left = (int) $count;
$worker = null;
$handle = static function (Happened $message) use ($handler, &$left, &$worker): void {
    try {
        $handler($message->payload);
    } catch (Throwable $error) {
        // The worker would drop the message and go on, for ever.
        fwrite(STDERR, $error->getMessage() . "\n");
        exit(1);
    }
    if (--$left === 0) {
        $worker->stop();
    }
};
$bus = new MessageBus([new HandleMessageMiddleware(new HandlersLocator([Happened::class => [$handle]]))]);
$worker = new Worker(['queue' => messenger_transport($socket, $database)], $bus);
$worker->run(['sleep' => 1000]);
