/* Files: no name before they are whole, no octets left behind. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "core/io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int
file_unnamed(int dir)
{
	return openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

/* Through /proc, as open(2) has it: AT_EMPTY_PATH would want a privilege. */
bool
file_link(int fd, int dir, const char *name)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) == 0;
}

bool
file_name(int fd, int dir, const char *name)
{
	int error;

	if (!file_link(fd, dir, name))
		return false;
	if (fsync(fd) == 0 && fsync(dir) == 0)
		return true;
	error = errno;
	unlinkat(dir, name, 0);
	errno = error;
	return false;
}

bool
file_write(int fd, const void *bytes, size_t n, uint64_t at)
{
	const char *p = bytes;

	while (n > 0) {
		ssize_t part = pwrite(fd, p, n, (off_t)at);

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0) {
			errno = part == 0 ? EIO : errno;
			return false;
		}
		p += part;
		n -= (size_t)part;
		at += (uint64_t)part;
	}
	return true;
}

ptrdiff_t
file_read(int fd, void *bytes, size_t n, uint64_t at)
{
	char *p = bytes;
	size_t sum = 0;

	while (sum < n) {
		ssize_t part = pread(fd, p + sum, n - sum, (off_t)(at + sum));

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return -1;
		if (part == 0)
			break;
		sum += (size_t)part;
	}
	return (ptrdiff_t)sum;
}

bool
file_sync_directory(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return false;
	error = fsync(fd) == 0 ? 0 : errno;
	close(fd);
	errno = error;
	return error == 0;
}
