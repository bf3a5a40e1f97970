// Reads rendered manifests from stdin and decodes each strictly into its Kubernetes API type: an unknown or misspelt
// field is an error. Then it checks what no type says: references that resolve, and the profile "restricted".
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

type header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
}

func split(input []byte) [][]byte {
	var documents [][]byte
	for _, part := range bytes.Split(append([]byte("\n"), input...), []byte("\n---")) {
		if onlyComments(part) {
			continue
		}
		documents = append(documents, part)
	}
	return documents
}

func onlyComments(document []byte) bool {
	for _, line := range bytes.Split(document, []byte("\n")) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

func decode(document []byte) (header, any, error) {
	var head header
	if err := yaml.Unmarshal(document, &head); err != nil {
		return head, nil, err
	}
	object := newObject(head.APIVersion, head.Kind)
	if object == nil {
		return head, nil, fmt.Errorf("%s %s is not a kind this check knows: add it to kinds.go", head.APIVersion, head.Kind)
	}
	if head.Metadata.Name == "" || head.Metadata.Namespace == "" {
		return head, nil, errors.New("metadata.name and metadata.namespace must be set")
	}
	return head, object, yaml.UnmarshalStrict(document, object)
}

func run(in io.Reader) error {
	input, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var all manifests
	var failures []error
	for _, document := range split(input) {
		head, object, err := decode(document)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s/%s: %w", head.Kind, head.Metadata.Name, err))
			continue
		}
		all.add(object)
	}
	failures = append(failures, all.check()...)
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	if all.count == 0 {
		return errors.New("no manifest in the input")
	}
	fmt.Printf("%d manifests decode strictly\n", all.count)
	return nil
}

func main() {
	if err := run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
