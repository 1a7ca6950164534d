<?php
// Laravel's worker: handles COUNT jobs, then ends.
// laravel_consume.php DATABASE_SOCKET DATABASE COUNT [URL]
declare(strict_types=1);

use Illuminate\Container\Container;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Worker;
use Illuminate\Queue\WorkerOptions;

require __DIR__ . '/laravel.php';
require __DIR__ . '/handlers.php';

[, $socket, $database, $count] = $argv;
HappenedJob::$handler = make_handler($argv[4] ?? '');
$container = new Container();
$exceptions = new class () implements ExceptionHandler {
    public function report(Throwable $problem)
    {
        fwrite(STDERR, $problem . "\n");
        exit(1);
    }

    public function shouldReport(Throwable $problem)
    {
        return true;
    }

    public function render($request, Throwable $problem)
    {
    }

    public function renderForConsole($output, Throwable $problem)
    {
    }
};
$queue = laravel_queue($container, $socket, $database);
$worker = new Worker($queue->getQueueManager(), new Dispatcher($container), $exceptions, static fn (): bool => false);
$options = new WorkerOptions(memory: 512, sleep: 0, stopWhenEmpty: true, maxJobs: (int) $count);
exit($worker->daemon('default', 'default', $options));
