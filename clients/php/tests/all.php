<?php

declare(strict_types=1);

error_reporting(E_ALL);
// A host app may do the same: no warning of ours may reach it.
set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
    if ((error_reporting() & $level) === 0) {
        return false;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

require dirname(__DIR__) . '/src/autoload.php';
require __DIR__ . '/Runner.php';
require __DIR__ . '/Stub.php';
require __DIR__ . '/client.php';
require __DIR__ . '/event_dispatcher.php';

$runner = new Runner();
$stub = new Stub($argv[1]);
if (extension_loaded('curl')) {
    testClient($runner, $stub, true);
} else {
    echo "SKIPPED curl: the extension is not loaded\n";
}
testClient($runner, $stub, false);
testEventDispatcher($runner, $stub);
exit($runner->finish());
