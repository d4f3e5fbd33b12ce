package envoytest

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
)

// bootstrap returns Envoy's configuration in JSON: one TCP listener with the filter in front of one upstream, and an admin
// interface on a Unix socket.
func (c Config) bootstrap(module, admin string) ([]byte, error) {
	listen, err := socketAddress(c.Addr)
	if err != nil {
		return nil, err
	}
	upstream, err := socketAddress(c.Upstream)
	if err != nil {
		return nil, err
	}
	plugin := object{
		"name": name, "root_id": name,
		"vm_config": object{
			"vm_id": name, "runtime": "envoy.wasm.runtime.v8",
			"code": object{"local": object{"filename": module}},
		},
	}
	if c.Configuration != "" {
		plugin["configuration"] = typed("google.protobuf.StringValue", object{"value": c.Configuration})
	}
	const network = "envoy.extensions.filters.network."
	var filters []object
	if len(c.Module) > 0 {
		filters = append(filters, object{"name": "envoy.filters.network.wasm", "typed_config": typed(network+"wasm.v3.Wasm", object{"config": plugin})})
	}
	filters = append(filters, object{
		"name":         "envoy.filters.network.tcp_proxy",
		"typed_config": typed(network+"tcp_proxy.v3.TcpProxy", object{"stat_prefix": name, "cluster": name}),
	})
	return json.MarshalIndent(object{
		"admin": object{"address": object{"pipe": object{"path": admin}}},
		"static_resources": object{
			"listeners": []object{{
				"name": name, "address": listen,
				"filter_chains": []object{{"filters": filters}},
			}},
			"clusters": []object{{
				"name": name, "type": "STATIC",
				"load_assignment": object{"cluster_name": name, "endpoints": []object{{
					"lb_endpoints": []object{{"endpoint": object{"address": upstream}}},
				}}},
			}},
		},
	}, "", " ")
}

// name is that of everything that needs one.
const name = "filter"

type object map[string]any

// typed makes a message of a type that Envoy learns from it.
func typed(message string, fields object) object {
	fields["@type"] = "type.googleapis.com/" + message
	return fields
}

// socketAddress is Envoy's form of host:port.
func socketAddress(hostport string) (object, error) {
	host, service, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, fmt.Errorf("envoytest: %w", err)
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("envoytest: the port of %s: %w", hostport, err)
	}
	return object{"socket_address": object{"address": host, "port_value": port}}, nil
}
