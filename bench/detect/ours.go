package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/libnasp/libnasp/bench/detect/corpus"
	"github.com/libnasp/libnasp/filters/pii"
	"github.com/libnasp/libnasp/internal/redact"
)

// ourKinds are the kinds of the engine in the words of the corpus. Those that aren't here have the same name there.
var ourKinds = map[string]corpus.Kind{
	"ipv4": corpus.IP, "ipv6": corpus.IP, "crypto_address": corpus.Crypto, "mrz": corpus.Passport, "bic": corpus.Bank, "aba_routing": corpus.Bank,
	"us_itin": corpus.NationalID, "us_ein": corpus.NationalID, "uk_nino": corpus.NationalID, "uk_nhs": corpus.NationalID, "aadhaar": corpus.NationalID, "in_pan": corpus.NationalID, "gstin": corpus.NationalID,
	"npi": corpus.Medical, "dea": corpus.Medical, "mbi": corpus.Medical, "medical_record": corpus.Medical, "icd10": corpus.Medical, "imei": corpus.Device, "vin": corpus.Device,
}

func ourKind(k pii.Kind) corpus.Kind {
	if c, ok := ourKinds[k.String()]; ok {
		return c
	}
	return corpus.Kind(k.String())
}

// ours finds with the engine, as the filter does without a configuration.
func ours(texts []corpus.Text) ([][]finding, error) {
	engine, err := redact.NewNative(nil)
	if err != nil {
		return nil, err
	}
	out := make([][]finding, len(texts))
	for i := range texts {
		for _, f := range engine.Find([]byte(texts[i].Text)) {
			out[i] = append(out[i], finding{f.Start, f.End, ourKind(f.Kind)})
		}
	}
	return out, nil
}

// sameInWasm masks texts in the built-in module too and counts those of which the module makes the same bytes as the native engine.
func sameInWasm(ctx context.Context, texts []corpus.Text, cacheDir string) (same int, err error) {
	native, err := redact.NewNative(nil)
	if err != nil {
		return 0, err
	}
	wasm, err := redact.NewWasm(ctx, redact.WasmConfig{CacheDir: cacheDir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, err
	}
	defer wasm.Close(ctx)
	for i := 0; i < len(texts); {
		var batch, want [][]byte
		for size := 0; i < len(texts) && size < 128<<10; i++ {
			batch, want = append(batch, []byte(texts[i].Text)), append(want, []byte(texts[i].Text))
			size += len(texts[i].Text)
		}
		if _, err := native.Mask(ctx, want); err != nil {
			return 0, err
		}
		got, err := wasm.Mask(ctx, batch)
		if err != nil {
			return 0, fmt.Errorf("in Wasm: %w", err)
		}
		for j := range want {
			if string(got[j]) == string(want[j]) {
				same++
			}
		}
	}
	return same, nil
}
