package foreign

//go:wasmexport proxy_on_foreign_function
func proxyOnForeignFunction(context, function, size uint32) {
	onForeignFunction(context, function, size)
}
