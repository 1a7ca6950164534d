<?php

declare(strict_types=1);

/**
 * Runs tests one after another and counts them.
 */
final class Runner
{
    private int $passed = 0;
    private int $failed = 0;

    public function test(string $name, callable $body): void
    {
        try {
            $body();
            $this->passed++;
            echo "ok      $name\n";
        } catch (Throwable $error) {
            $this->failed++;
            echo "FAILED  $name\n        {$error->getMessage()} ({$error->getFile()}:{$error->getLine()})\n";
        }
    }

    /** Says how it went; the result is the process's exit status. */
    public function finish(): int
    {
        echo "{$this->passed} passed, {$this->failed} failed\n";
        return $this->failed === 0 ? 0 : 1;
    }

    /**
     * @param mixed $expected
     * @param mixed $actual
     */
    public static function same($expected, $actual): void
    {
        if ($expected !== $actual) {
            throw new LogicException('expected ' . var_export($expected, true) . ', got ' . var_export($actual, true));
        }
    }

    /** Runs the body, which must throw exactly this class, and returns what it threw. */
    public static function throws(string $class, callable $body): Throwable
    {
        try {
            $body();
        } catch (Throwable $error) {
            if (get_class($error) === $class) {
                return $error;
            }
            throw $error;
        }
        throw new LogicException("expected $class, nothing was thrown");
    }
}
