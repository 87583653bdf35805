#ifndef VERBENA_OPTION_H
#define VERBENA_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

/*
 * What a module reads from its group in the configuration.
 *
 * A module keeps its settings in a struct of its own and describes each field
 * with one VB_OPTION(). The core does the rest: it sets the default, reads the
 * file, names file and line when a value is wrong, merges global, site and
 * client settings, and prints the reference manual (`verbena options`).
 *
 *	struct vrfy_conf {
 *		struct vb_choice disclose;
 *		int candidates;
 *	};
 *
 *	static const struct vb_option options[] = {
 *		VB_OPTION(struct vrfy_conf, disclose, "none",
 *		    "Whom to tell whether a mailbox exists.",
 *		    .choices = "none|local|full"),
 *		VB_OPTION(struct vrfy_conf, candidates, "0",
 *		    "How many candidates to list when a name is ambiguous.",
 *		    .min = 0, .max = 100),
 *		{ 0 },
 *	};
 *
 * The type of the field is the type of the option:
 *
 *	field                 in the file             the default, as text
 *	bool                  true, false             "false"
 *	int                   17                      "17"
 *	struct vb_str         "text"                  "text"
 *	struct vb_seconds     "90s" "5m" "1h" "4d"    "5m"
 *	struct vb_bytes       "512" "64k" "25M" "1G"  "25M"
 *	struct vb_choice      "local" (.choices)      "none"
 *	struct vb_file        "/a/path"               "/a/path"
 *	struct vb_network     "10.0.0.0/8"            "127.0.0.1"
 *	struct vb_strings     [ "a", "b" ]            "a b"
 *	struct vb_networks    [ "10.0.0.0/8", "::1" ] "10.0.0.0/8 ::1"
 *	struct vb_list        ( { ... }, { ... } )    "" (.group, .item_size)
 *	any other struct      { ... }                 VB_GROUP(..., table)
 *
 * Everything read lives as long as the generation and never changes: a module
 * gets its struct as `const void *conf` and keeps no copy.
 */

struct vb_seconds {
	int64_t value;
};

struct vb_bytes {
	uint64_t value;
};

/* Which of .choices was chosen, counted from 0. */
struct vb_choice {
	int value;
};

/* A file name, NUL-terminated; NULL when the default is "" and none is set. */
struct vb_file {
	const char *name;
};

/* An IPv4 network is kept as the IPv4-mapped IPv6 one (::ffff:0:0/96). */
struct vb_network {
	uint8_t address[16];
	unsigned bits; /* of the 128 that must match */
};

struct vb_strings {
	const struct vb_str *items;
	size_t n;
};

struct vb_networks {
	const struct vb_network *items;
	size_t n;
};

/* A list of groups: an array of n structs of the option's .item_size. */
struct vb_list {
	const void *items;
	size_t n;
};

enum vb_option_type {
	VB_OPTION_BOOL = 1,
	VB_OPTION_INT,
	VB_OPTION_STRING,
	VB_OPTION_SECONDS,
	VB_OPTION_BYTES,
	VB_OPTION_CHOICE,
	VB_OPTION_FILE,
	VB_OPTION_NETWORK,
	VB_OPTION_STRINGS,
	VB_OPTION_NETWORKS,
	VB_OPTION_LIST,
	VB_OPTION_GROUP,
};

/*
 * One row. A table ends with an empty row; `size` is the size of a row, so
 * that rows may grow in later versions.
 */
struct vb_option {
	size_t size;
	const char *name;
	enum vb_option_type type;
	size_t offset;       /* of the field in the struct */
	const char *initial; /* the default, as text */
	const char *about;   /* one or more sentences for the manual */

	/* Only where they apply: */
	int64_t min, max;    /* inclusive, in units, seconds or bytes; when
	                        both are 0 anything not negative is taken */
	const char *choices; /* "none|local|full" */
	const struct vb_option
	    *group;       /* rows of a group, or of a list's item */
	size_t item_size; /* of one item of a list */
	bool is_required; /* in a list's item: the field must be given */
	bool is_secret;   /* never shown by `verbena explain` or in a log */
	bool adds_up; /* a list that a site or client adds to, not replaces */

	/* A check of your own: NULL when the value at `field` is good, else the
	   rest of the sentence "file:line: name: ...". May be NULL. */
	const char *(*check)(const void *field);

	/* The same for each item of a list of groups, told with its place. */
	const char *(*check_item)(const void *item);

	/* A string: what is given must be the name of a site. */
	bool names_site;
};

/* clang-format off */

/* The type is that of the field; a field of any other does not compile. What
   follows `about` is any of the optional members above: .min = 1, .max = 9 */
#define VB_OPTION(conf, field, ...) {					\
	.size = sizeof(struct vb_option),				\
	.name = #field,							\
	.type = _Generic(((conf *)0)->field,				\
	    bool: VB_OPTION_BOOL,					\
	    int: VB_OPTION_INT,						\
	    struct vb_str: VB_OPTION_STRING,				\
	    struct vb_seconds: VB_OPTION_SECONDS,			\
	    struct vb_bytes: VB_OPTION_BYTES,				\
	    struct vb_choice: VB_OPTION_CHOICE,				\
	    struct vb_file: VB_OPTION_FILE,				\
	    struct vb_network: VB_OPTION_NETWORK,			\
	    struct vb_strings: VB_OPTION_STRINGS,			\
	    struct vb_networks: VB_OPTION_NETWORKS,			\
	    struct vb_list: VB_OPTION_LIST),				\
	.offset = offsetof(conf, field),				\
	.initial = __VA_ARGS__						\
}

/* A struct within the struct: `limits: { message = "25M"; };` */
#define VB_GROUP(conf, field, table, about_) {				\
	.size = sizeof(struct vb_option),				\
	.name = #field,							\
	.type = VB_OPTION_GROUP,					\
	.offset = offsetof(conf, field),				\
	.initial = "",							\
	.about = about_,						\
	.group = table							\
}

/* clang-format on */

#endif
