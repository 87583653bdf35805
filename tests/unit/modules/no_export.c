/* Has a note, but nothing to show. */
#include <verbena/module.h>

static const struct vb_note note VB_SECTION(
    ".note.verbena") = { sizeof(VB_NOTE_OWNER),
	sizeof(struct vb_note) - offsetof(struct vb_note, major), VB_NOTE_TYPE,
	VB_NOTE_OWNER, VB_MAJOR, VB_MINOR, "no_export", "1.0" };
