package ledger

import (
	"context"
	"errors"
	"syscall"
)

// errSharing is ERROR_SHARING_VIOLATION: another program has the file open.
const errSharing = syscall.Errno(32)

// lock holds the lock file, opened so that nobody else can open it, until
// unlock. It ends with the process, however that ends.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	var handle syscall.Handle
	err = poll(ctx, func() (bool, error) {
		var err error
		handle, err = syscall.CreateFile(name, syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
		if errors.Is(err, errSharing) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return nil, err
	}
	return func() { _ = syscall.CloseHandle(handle) }, nil
}

// syncFolder does nothing: Windows keeps a rename itself.
func syncFolder(string) error { return nil }
