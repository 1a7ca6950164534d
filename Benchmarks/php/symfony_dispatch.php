<?php
// Peer (c): a dispatch through Symfony Messenger, run by php-fpm.
declare(strict_types=1);

use Symfony\Component\Messenger\Handler\HandlersLocator;
use Symfony\Component\Messenger\MessageBus;
use Symfony\Component\Messenger\Middleware\HandleMessageMiddleware;
use Symfony\Component\Messenger\Middleware\SendMessageMiddleware;
use Symfony\Component\Messenger\Transport\Sender\SendersLocatorInterface;
use Symfony\Component\Messenger\Envelope;

require __DIR__ . '/symfony.php';

$transport = messenger_transport($_SERVER['DATABASE_SOCKET'], $_SERVER['DATABASE']);
$senders = new class ($transport) implements SendersLocatorInterface {
    public function __construct(private $transport)
    {
    }

    public function getSenders(Envelope $envelope): iterable
    {
        yield 'queue' => $this->transport;
    }
};
$bus = new MessageBus([new SendMessageMiddleware($senders), new HandleMessageMiddleware(new HandlersLocator([]))]);
$dispatch = json_decode(file_get_contents('php://input'), true, 64, JSON_THROW_ON_ERROR);
$bus->dispatch(new Happened($dispatch['event'], $dispatch['payload']));

http_response_code(202);
header('Content-Type: application/json');
echo '{"status":"pending"}';
