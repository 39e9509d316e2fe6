/* Preloaded into linux.uml, changes two things.

   1. user-mode-linux 6.1 has room for 2696 bytes of a process' extended registers (up to AVX-512), but the host's kernel takes only a
      whole set in PTRACE_SETREGSET (11008 bytes with AMX) and else lets the guest panic ("ptrace set fp regs failed"). What is missing
      is added as "not in use". Where the sizes agree nothing is changed.

   2. A guest's flush of a disk becomes an fsync on the host, which waits for the host's disk. The disks are thrown away, and what a
      killed guest wrote stays in the host's page cache, so that for a power cut of the guest, too, it makes no difference but in time
      (3 times the transactions per second on a busy disk). With PGFORK_LAB_FLUSH set, a flush is one. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

/* Offset, in an XSAVE area, of the bits that say which components are in use. */
#define XSTATE_BV 512
/* x87, SSE, AVX, MPX, AVX-512, PKRU: what 2696 bytes have room for. */
#define KNOWN_COMPONENTS 0x2ff

static long set_extended_registers(pid_t pid, void *kind, struct iovec *given)
{
    static size_t whole;
    static char registers[65536] __attribute__((aligned(64)));
    struct iovec all = { registers, sizeof registers };

    if (!whole) {
        if (syscall(SYS_ptrace, PTRACE_GETREGSET, pid, kind, &all) < 0)
            return -1;
        whole = all.iov_len;
    }
    if (given->iov_len >= whole)
        return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, kind, given);
    memset(registers, 0, whole);
    memcpy(registers, given->iov_base, given->iov_len);
    *(uint64_t *)(registers + XSTATE_BV) &= KNOWN_COMPONENTS;
    all.iov_len = whole;
    return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, kind, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    pid_t pid = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);

    if (request == PTRACE_SETREGSET && (long)address == NT_X86_XSTATE)
        return set_extended_registers(pid, address, data);
    /* The C library returns the word that the system call stores. */
    if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER) {
        long word;
        long result = syscall(SYS_ptrace, request, pid, address, &word);
        if (result < 0)
            return result;
        errno = 0;
        return word;
    }
    return syscall(SYS_ptrace, request, pid, address, data);
}

static long flush(long call, int file)
{
    return getenv("PGFORK_LAB_FLUSH") ? syscall(call, file) : 0;
}

int fsync(int file) { return flush(SYS_fsync, file); }
int fdatasync(int file) { return flush(SYS_fdatasync, file); }
