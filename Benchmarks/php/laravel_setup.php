<?php
// Makes the jobs table as `artisan queue:table` does, and pushes one job, which the benchmark then multiplies.
// laravel_setup.php DATABASE_SOCKET DATABASE BODY_FILE
declare(strict_types=1);

use Illuminate\Container\Container;
use Illuminate\Database\Schema\Blueprint;

require __DIR__ . '/laravel.php';

[, $socket, $database, $file] = $argv;
$dispatch = json_decode(file_get_contents($file), true, 64, JSON_THROW_ON_ERROR);
$container = new Container();
$queue = laravel_queue($container, $socket, $database);
$container['db']->connection()->getSchemaBuilder()->create('jobs', static function (Blueprint $table): void {
    $table->bigIncrements('id');
    $table->string('queue')->index();
    $table->longText('payload');
    $table->unsignedTinyInteger('attempts');
    $table->unsignedInteger('reserved_at')->nullable();
    $table->unsignedInteger('available_at');
    $table->unsignedInteger('created_at');
});
$queue->getConnection()->push(HappenedJob::class, $dispatch['payload']);
