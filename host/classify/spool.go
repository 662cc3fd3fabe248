package classify

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"google.golang.org/protobuf/proto"

	"github.com/taxonhq/taxon/host/crm"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// disk is what a spool needs of a file.
type disk interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// spool keeps sections of bytes in a private file. Only their places are in memory.
type spool struct {
	name string // "" once the file has none
	file disk
	size int64
	buf  []byte // of the section being read or written
}

// section is a place in a spool. The zero section is empty.
type section struct {
	at   int64
	size int
}

// newSpool makes a spool in the directory parent ("" is the system's). The file loses its name at once, where the
// system allows that: a killed process leaves nothing behind.
func newSpool(parent string) (*spool, error) {
	f, err := os.CreateTemp(parent, "taxon-spool-*") // 0600
	if err != nil {
		return nil, spoolFault(err)
	}
	s := &spool{file: f}
	if os.Remove(f.Name()) != nil {
		s.name = f.Name()
	}
	return s, nil
}

// Close removes the spool.
func (s *spool) Close() error {
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}

func (s *spool) write(data []byte) (section, error) {
	if len(data) == 0 {
		return section{}, nil
	}
	if _, err := s.file.WriteAt(data, s.size); err != nil {
		return section{}, spoolFault(err)
	}
	at := s.size
	s.size += int64(len(data))
	return section{at, len(data)}, nil
}

// read answers a section in memory that the next read or write uses again.
func (s *spool) read(at section) ([]byte, error) {
	if cap(s.buf) < at.size {
		s.buf = make([]byte, at.size)
	}
	data := s.buf[:at.size]
	if at.size == 0 {
		return nil, nil
	}
	if _, err := s.file.ReadAt(data, at.at); err != nil {
		return nil, spoolFault(err)
	}
	return data, nil
}

func (s *spool) writeColumn(c *pb.Column) (section, error) {
	data, err := proto.MarshalOptions{}.MarshalAppend(s.buf[:0], c)
	if err != nil {
		return section{}, spoolFault(err)
	}
	s.buf = data
	return s.write(data)
}

func (s *spool) readColumn(at section) (*pb.Column, error) {
	data, err := s.read(at)
	if err != nil {
		return nil, err
	}
	c := &pb.Column{}
	if err := proto.Unmarshal(data, c); err != nil {
		return nil, spoolFault(err)
	}
	return c, nil
}

// writeTexts and readTexts keep byte strings, such as ids.
func (s *spool) writeTexts(texts [][]byte) (section, error) {
	data := s.buf[:0]
	for _, t := range texts {
		data = append(binary.AppendUvarint(data, uint64(len(t))), t...)
	}
	s.buf = data
	return s.write(data)
}

func (s *spool) readTexts(at section) ([]string, error) {
	data, err := s.read(at)
	if err != nil {
		return nil, err
	}
	all := string(data)
	var out []string
	for len(all) > 0 {
		n, width := binary.Uvarint(data)
		if width <= 0 || uint64(len(all)-width) < n {
			return nil, spoolFault(io.ErrUnexpectedEOF)
		}
		out = append(out, all[width:width+int(n)])
		all, data = all[width+int(n):], data[width+int(n):]
	}
	return out, nil
}

// spoolFault is an error of the spool, without the path.
func spoolFault(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &crm.Error{Code: crm.CodeUnavailable, Message: "the temporary file for measures cannot be used: " + err.Error(),
		Suggestion: "free space in the directory for temporary files, or name another one with TMPDIR", Cause: err}
}
