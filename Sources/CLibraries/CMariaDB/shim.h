#pragma once
#include <mysql.h>
#include <errmsg.h>
#include <mysqld_error.h>

/* The indicator of a bound parameter lives in an anonymous union, which is clumsy to reach from Swift. */
static inline void CMariaDB_bind_indicators(MYSQL_BIND *bind, char *indicators) {
    bind->u.indicator = indicators;
}

/* STMT_ATTR_ARRAY_SIZE takes a pointer to unsigned int; 0 means a single row. */
static inline int CMariaDB_stmt_array_size(MYSQL_STMT *statement, unsigned int rows) {
    return mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows);
}

static inline int CMariaDB_option_seconds(MYSQL *handle, enum mysql_option option, unsigned int seconds) {
    return mysql_options(handle, option, &seconds);
}

static inline int CMariaDB_option_flag(MYSQL *handle, enum mysql_option option, char flag) {
    return mysql_options(handle, option, &flag);
}

static const char CMariaDB_indicator_none = STMT_INDICATOR_NONE;
static const char CMariaDB_indicator_null = STMT_INDICATOR_NULL;
