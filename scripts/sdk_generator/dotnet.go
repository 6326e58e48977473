//go:build dotnet

package main

import (
	"net/http"
	"net/http/httptest"

	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// C#, whose generator was part of the engine's module until 3.219.
var writers = map[string]func(*schema.Package) (map[string][]byte, error){
	"dotnet": func(pkg *schema.Package) (map[string][]byte, error) {
		logo := httptest.NewServer(http.NotFoundHandler()) // it would be fetched from Pulumi's repository
		defer logo.Close()
		pkg.LogoURL = logo.URL
		return dotnet.GeneratePackage(tool, pkg, nil, nil)
	},
}
