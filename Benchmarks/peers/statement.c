#include "statement.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMETERS = 1024, COLUMNS = 16 };

static void fail(const char *message) {
    fprintf(stderr, "database: %s\n", message);
    exit(1);
}

void fail_statement(MYSQL_STMT *statement) { fail(mysql_stmt_error(statement)); }

MYSQL *connect_to(const char *socket, const char *database) {
    MYSQL *connection = mysql_init(NULL);
    if (!mysql_real_connect(connection, NULL, "root", "", database, 0, socket, 0)) fail(mysql_error(connection));
    run(connection, "SET SESSION tx_isolation = 'READ-COMMITTED', time_zone = '+00:00',"
                    " in_predicate_conversion_threshold = 0");
    return connection;
}

void run(MYSQL *connection, const char *sql) {
    if (mysql_query(connection, sql)) fail(mysql_error(connection));
}

MYSQL_STMT *prepare(MYSQL *connection, const char *sql) {
    MYSQL_STMT *statement = mysql_stmt_init(connection);
    if (mysql_stmt_prepare(statement, sql, strlen(sql))) fail_statement(statement);
    return statement;
}

static void bind_integers(MYSQL_BIND *bindings, long long *values, int count) {
    memset(bindings, 0, sizeof *bindings * count);
    for (int i = 0; i < count; i++) {
        bindings[i].buffer_type = MYSQL_TYPE_LONGLONG;
        bindings[i].buffer = values + i;
    }
}

void run_values(MYSQL_STMT *statement, long long *values, int count) {
    MYSQL_BIND bindings[PARAMETERS];
    bind_integers(bindings, values, count);
    if (mysql_stmt_bind_param(statement, bindings) || mysql_stmt_execute(statement)) fail_statement(statement);
}

MYSQL_STMT *list_run(struct list *list, long long *values, int count) {
    char marks[2 * PARAMETERS], text[4 * PARAMETERS];
    if (list->size != count) {
        if (list->statement) mysql_stmt_close(list->statement);
        if (count > PARAMETERS) fail("a list too long");
        for (int i = 0; i < count; i++) memcpy(marks + 2 * i, "?,", 2);
        marks[2 * count - 1] = 0;
        snprintf(text, sizeof text, list->sql, marks);
        list->statement = prepare(list->connection, text);
        list->size = count;
    }
    run_values(list->statement, values, count);
    return list->statement;
}

long long run_pairs(MYSQL *connection, const char *sql, const long long *left, const long long *right, int count) {
    /* Two numbers of 20 digits, and what is between them. */
    static char pairs[PARAMETERS * 44], text[sizeof pairs + 1024];
    size_t length = 0;
    if (count > PARAMETERS) fail("a list too long");
    for (int i = 0; i < count; i++)
        length += snprintf(pairs + length, sizeof pairs - length, "%s(%lld,%lld)", i ? "," : "", left[i], right[i]);
    snprintf(text, sizeof text, sql, pairs);
    run(connection, text);
    return mysql_affected_rows(connection);
}

void run_array(MYSQL_STMT *statement, long long **values, int columns, int rows) {
    MYSQL_BIND bindings[COLUMNS] = {0};
    unsigned size = rows;
    for (int i = 0; i < columns; i++) {
        bindings[i].buffer_type = MYSQL_TYPE_LONGLONG;
        bindings[i].buffer = values[i];
    }
    mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &size);
    if (mysql_stmt_bind_param(statement, bindings) || mysql_stmt_execute(statement)) fail_statement(statement);
}

static void store_integers(MYSQL_STMT *statement, long long *values, int columns) {
    MYSQL_BIND bindings[COLUMNS];
    bind_integers(bindings, values, columns);
    if (mysql_stmt_bind_result(statement, bindings) || mysql_stmt_store_result(statement)) fail_statement(statement);
}

int fetch_integers(MYSQL_STMT *statement, long long *rows, int columns, int limit) {
    long long row[COLUMNS];
    int count = 0, ended;
    store_integers(statement, row, columns);
    while (!(ended = mysql_stmt_fetch(statement)) && count < limit)
        memcpy(rows + (size_t)columns * count++, row, sizeof *row * columns);
    if (ended == 1) fail_statement(statement);
    mysql_stmt_free_result(statement);
    return count;
}
