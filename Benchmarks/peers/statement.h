#pragma once
#include <mysql.h>

/* Everything here ends the program with a message where the database refuses: a peer has nobody to tell. */

MYSQL *connect_to(const char *socket, const char *database);
void run(MYSQL *connection, const char *sql);
MYSQL_STMT *prepare(MYSQL *connection, const char *sql);

/* A statement with a list of integers: the one %s of `sql` becomes as many question marks. Prepared again only where the length
   differs from the last one's. */
struct list {
    MYSQL *connection;
    const char *sql;
    MYSQL_STMT *statement;
    int size;
};

MYSQL_STMT *list_run(struct list *list, long long *values, int count);

/* Runs `sql`, whose one %s becomes a list of pairs. Returns how many rows it has changed. */
long long run_pairs(MYSQL *connection, const char *sql, const long long *left, const long long *right, int count);

/* Runs a statement with integers, each for one question mark. */
void run_values(MYSQL_STMT *statement, long long *values, int count);

/* Runs a statement once per row, array-bound: `columns` arrays of `rows` integers. A result set, if any, is left to fetch. */
void run_array(MYSQL_STMT *statement, long long **values, int columns, int rows);

/* Fetches all rows of integers into rows[row * columns + column]. Returns how many rows. */
int fetch_integers(MYSQL_STMT *statement, long long *rows, int columns, int limit);

/* Ends the program with the statement's message. */
void fail_statement(MYSQL_STMT *statement);
