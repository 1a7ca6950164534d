<?php

/**
 * Loads the classes of Recado's client for apps without Composer: `require 'recado/autoload.php';`
 */
spl_autoload_register(static function (string $class): void {
    if (strncmp($class, 'Recado\\', 7) !== 0) {
        return;
    }
    $file = __DIR__ . '/' . str_replace('\\', '/', substr($class, 7)) . '.php';
    if (is_file($file)) {
        require $file;
    }
});
