<?php
// Loads what a dispatch through Symfony Messenger needs when php-fpm starts, as a Symfony app in production does.
declare(strict_types=1);

require __DIR__ . '/symfony.php';

foreach ([
    Doctrine\DBAL\DriverManager::class,
    Doctrine\DBAL\Driver\PDO\MySQL\Driver::class,
    Doctrine\DBAL\Driver\PDO\Connection::class,
    Doctrine\DBAL\Driver\PDO\Statement::class,
    Doctrine\DBAL\Driver\PDO\Result::class,
    Doctrine\DBAL\Platforms\MariaDb1027Platform::class,
    Doctrine\DBAL\Query\QueryBuilder::class,
    Doctrine\DBAL\Types\Types::class,
    Doctrine\DBAL\Types\DateTimeType::class,
    Doctrine\DBAL\Types\StringType::class,
    Doctrine\DBAL\ParameterType::class,
    Symfony\Component\Messenger\Envelope::class,
    Symfony\Component\Messenger\MessageBus::class,
    Symfony\Component\Messenger\Handler\HandlersLocator::class,
    Symfony\Component\Messenger\Middleware\HandleMessageMiddleware::class,
    Symfony\Component\Messenger\Middleware\SendMessageMiddleware::class,
    Symfony\Component\Messenger\Middleware\StackMiddleware::class,
    Symfony\Component\Messenger\Stamp\SentStamp::class,
    Symfony\Component\Messenger\Stamp\TransportMessageIdStamp::class,
    Symfony\Component\Messenger\Transport\Serialization\PhpSerializer::class,
    Symfony\Component\Messenger\Bridge\Doctrine\Transport\Connection::class,
    Symfony\Component\Messenger\Bridge\Doctrine\Transport\DoctrineTransport::class,
    Symfony\Component\Messenger\Bridge\Doctrine\Transport\DoctrineSender::class,
] as $class) {
    class_exists($class);
}
