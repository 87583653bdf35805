/*
 * The table that names for each reply code of RFC 821 the transcript in which a
 * server says it. Lines of the table: code, file, and the situation in words.
 *
 * A transcript that passes has had all its S: lines, so it is enough to find
 * the code in one of them.
 */
#include "tests/dialogue/codes.h"

#include <fcntl.h>
#include <string.h>

#include "tests/dialogue/files.h"
#include "tests/dialogue/text.h"

static const char table[] = "tests/dialogue/reply-codes";

/* RFC 821 §4.2.2. */
static const char *const codes[] = { "211", "214", "220", "221", "250", "251",
	"354", "421", "450", "451", "452", "500", "501", "502", "503", "504",
	"550", "551", "552", "553", "554" };

enum { CODES = sizeof(codes) / sizeof(codes[0]) };

static bool
is_there(struct vb_str code, struct vb_str script)
{
	struct vb_str line;

	while (text_line(&script, &line)) {
		struct vb_str word = text_word(&line);

		if (vb_str_eq(word, VB_STR("@rfc821")))
			word = text_word(&line);
		if (vb_str_eq(word, VB_STR("@expect")))
			text_word(&line);
		else if (!vb_str_eq(word, VB_STR("S:")))
			continue;
		if (line.n >= code.n && memcmp(line.p, code.p, code.n) == 0)
			return true;
	}
	return false;
}

static bool
row_holds(struct vb_str row, struct buffer *told)
{
	struct vb_str code = text_word(&row), file = text_word(&row);
	struct buffer path = { 0 }, script = { 0 };
	const char *wrong = NULL;

	buffer_printf(&path, "tests/dialogue/%.*s", VB_FMT(file));
	buffer_add(&path, "", 1);
	if (row.n == 0)
		wrong = "the situation is not told";
	else if (!files_read(AT_FDCWD, path.p, &script))
		wrong = "there is no such transcript";
	else if (!text_has_profile(buffer_str(&script), VB_STR("rfc821")))
		wrong = "the transcript is not played in profile rfc821";
	else if (!is_there(code, buffer_str(&script)))
		wrong = "the transcript has no such reply";
	if (wrong != NULL)
		buffer_printf(told, "%s: %.*s %.*s: %s\n", table, VB_FMT(code),
		    VB_FMT(file), wrong);
	buffer_finish(&path);
	buffer_finish(&script);
	return wrong == NULL;
}

static size_t
find_code(struct vb_str code)
{
	size_t i = 0;

	while (i < CODES && !vb_str_eq(vb_str(codes[i]), code))
		i++;
	return i;
}

static bool
rows_hold(struct vb_str rows, struct buffer *told)
{
	size_t seen[CODES + 1] = { 0 };
	bool is_good = true;
	struct vb_str row;

	while (text_line(&rows, &row)) {
		struct vb_str rest = row;

		if (row.n == 0 || *row.p == '#')
			continue;
		seen[find_code(text_word(&rest))]++;
		is_good = row_holds(row, told) && is_good;
	}
	for (size_t i = 0; i <= CODES; i++) {
		if (seen[i] == (i < CODES ? 1 : 0))
			continue;
		buffer_printf(told, "%s: %zu rows for %s\n", table, seen[i],
		    i < CODES ? codes[i] : "codes that RFC 821 has not");
		is_good = false;
	}
	return is_good;
}

bool
codes_are_all_there(struct buffer *told)
{
	struct buffer rows = { 0 };
	bool is_good = files_read(AT_FDCWD, table, &rows);

	if (!is_good)
		buffer_printf(told, "cannot read %s\n", table);
	is_good = is_good && rows_hold(buffer_str(&rows), told);
	buffer_finish(&rows);
	return is_good;
}
