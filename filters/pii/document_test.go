package pii

import "testing"

func TestBirthDate(t *testing.T) {
	checkAll(t, newEngine(t, DateOfBirth), []example{
		"DOB: ⟦01/31/1980⟧", "born ⟦31.01.1980⟧ in", "date of birth ⟦1980-01-31⟧", "born on ⟦12 March 1980⟧.", "Birthday: ⟦March 12th, 1980⟧", "geboren am ⟦3.5.1975⟧", "né le ⟦03/05/1975⟧ à Paris", `{"dob":"⟦19800131⟧"}`, "date of birth: ⟦12 de marzo de 1980⟧",
		"D.O.B. ⟦31-01-1980⟧", "⟦1980-01-31⟧ (date of birth)", `{"birth_date":"⟦1980-01-31T00:00:00Z⟧"}`, "birthdate=⟦1980/01/31⟧&x=1",
		"1980-01-31", "due 31.01.1980", "born 1980-13-31", "born in 1980", "dob unknown", "stubborn 2024-01-15x", "born 1.2.3", "birth 12 parsecs 1980", `{"ts":"1980-01-31"}`, "version 21.11.2021 born 1.2", "vom 21.11.2021 Nato il ⟦12/12/1963⟧", "airborne 12 March 1980",
	})
}

func TestDocuments(t *testing.T) {
	checkAll(t, newEngine(t, Passport, DrivingLicence, MRZ), []example{
		"passport ⟦123456789⟧", "Passport no. ⟦C01X00T47⟧", `{"passport_number":"⟦L8988901C⟧"}`, "Reisepass ⟦C01X00T47⟧", "driver's license ⟦D1234567⟧", "Driver License: ⟦12345678⟧", `{"drivers_license":"⟦D123-4567-8901⟧"}`, "passport yes, card 123456789", `{"drivers_license": "⟦46074568⟧","order_id": "100-2337853-4984944"}`, `"drivers_license":["⟦T376-1604-8746⟧","⟦MSDQA455844MZ953W⟧","⟦I5269170⟧"]`, "driving licence no ⟦MORGA657054SM9IJ⟧",
		"⟦P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<⟧\n⟦L898902C36UTO7408122F1204159ZE184226B<<<<<10⟧", `{"mrz":"⟦P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<⟧\n⟦L898902C36UTO7408122F1204159ZE184226B<<<<<10⟧"}`,
		"⟦I<UTOD231458907<<<<<<<<<<<<<<<⟧", "⟦ERIKSSON<<ANNA<MARIA<<<<<<<<<<⟧",
		"123456789", "passport control", "passport 2024-01-15", "C01X00T47", "software license A1234-5678", "license 12345678", "<<<<<<< HEAD", "cat <<<EOF", "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "driver version 12.34.56", "drivers licensed since 2019",
		"L898902C35UTO7408122F1204159ZE184226B<<<<<10",
	})
}

func TestNationalIDs(t *testing.T) {
	checkAll(t, newEngine(t, NationalID), []example{
		"SIN ⟦130 692 544⟧", `{"sin":"⟦130692544⟧"}`, "TFN: ⟦123 456 782⟧", "ABN ⟦51 824 753 556⟧", "Medicare ⟦2123 45670 1⟧", "DNI ⟦12345678Z⟧", "⟦X1234567L⟧", "⟦RCCMNL83S18D969H⟧", "⟦2 95 10 99 126 111 93⟧", "NIR ⟦295109912611193⟧",
		"Steuer-ID ⟦36574261809⟧", "⟦36 574 261 809⟧", "BSN ⟦111222333⟧", "PESEL ⟦44051401359⟧", "personnummer ⟦880320-0016⟧", "⟦131052-308T⟧", "⟦131052A308T⟧", "⟦85.07.30-033.28⟧", "NIF ⟦501964843⟧", "CNP ⟦1630615123457⟧", "⟦390.533.447-05⟧", "CPF ⟦39053344705⟧",
		"⟦16.727.230/0001-97⟧", "ID number ⟦7503305044089⟧", "⟦971013-9019902⟧", "⟦1-2345-45678-78-1⟧", "TCKN ⟦17291716060⟧", "⟦S1234567D⟧", "ID card ⟦360426199101010071⟧", "⟦11010519491231002X⟧",
		"130 692 544", "SIN 130 692 545", "12345678A", "X1234567A", "RCCMNL83S18D969A", "36574261808", "111222333", "44051401359", "880320-0018", "131052-308X", "85.07.30-033.61", "390.533.447-06", "16.727.230/0001-98", "971013-9019903", "S1234567A", "360426199101010071",
		"s1234567d",
	})
}
